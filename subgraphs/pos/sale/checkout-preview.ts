/** Previews of a checkout: the totals of a basket, and the issues that prevent its sale. Writes nothing. */
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { type Decimal, ZERO, sum } from '#kernel/decimal';
import { branchOf } from '#subgraphs/auth/index';
import { NOTHING_RESERVED, reservedStockFor, levelsOf, warehouseOfBranch } from '#subgraphs/inventory/index';
import { requireValue, settle, throwIssues, type Issue, type SaleTotals } from '#subgraphs/orders/index';
import { resolveOpenSession, type OpenSession } from '#subgraphs/registers/index';
import { readApprovals } from './approvals';
import type { BasketLine } from './basket-line.rules';
import { neededStock, shortage } from './basket-stock.rules';
import { priceBasket, type Basket } from './basket.rules';
import { validateCheckoutInput } from './checkout-input.rules';
import type { CheckoutInput, CheckoutPaymentInput } from '../inputs.generated';
import { priceItems } from './price-items';
import { ageIssues, limitIssues, findActorLimit } from './role-limits.rules';
import { customerIssues } from './sale-customer';
import { tenderIssues, tendersFor, tipIssues } from './sale-tenders.rules';
import { tillTerms, type TillTerms } from './selling-terms';

/** The totals of a basket. */
export interface Quote {
  terms: TillTerms;
  lines: BasketLine[];
  totals: SaleTotals;
  rounding: Decimal;
  /** With the rounding. */
  total: Decimal;
  paid: Decimal;
  change: Decimal;
  /** The amount that the payments do not cover yet. */
  due: Decimal;
}

/**
 * Calculates the totals of a basket, the same as those of the sale that follows.
 * @throws PosProError as checkout does for errors in the basket; not for stock, payments or a closed register.
 */
export async function calculateCheckout(ctx: RequestContext, input: CheckoutInput): Promise<Quote> {
  throwIssues(validateCheckoutInput(input, ctx.clock.now()));
  const { session } = await findSession(ctx, input.registerId);
  const terms = await tillTerms(ctx, ctx.db, session?.branchId ?? branchOf(ctx));
  const basket = await readBasket(ctx, terms, input, session, 'price');
  throwIssues(basket.issues);
  const totals = basket.totals!;
  return { terms, lines: basket.lines, totals, ...paymentFigures(terms, totals.total, input) };
}

type PaymentFigures = Pick<Quote, 'rounding' | 'total' | 'paid' | 'change' | 'due'>;

function paymentFigures(terms: TillTerms, total: Decimal, input: CheckoutInput): PaymentFigures {
  const tenders = tendersFor(terms, input, total);
  const settlement = settle(terms, total, tenders);
  if (settlement.missing === undefined) return { ...requireValue(settlement), due: ZERO };
  // Before the customer has paid there is nothing to round and no change.
  const paid = sum(tenders.map((tender) => tender.amount));
  return { rounding: ZERO, total, paid, change: ZERO, due: settlement.missing };
}

async function readBasket(
  ctx: RequestContext,
  terms: TillTerms,
  input: CheckoutInput,
  session: OpenSession | undefined,
  purpose: 'price' | 'sell',
): Promise<Basket> {
  const now = ctx.clock.now();
  const resolvedItems = await priceItems(ctx.db, { ...terms, at: input.createdAt ?? now }, input.items);
  const { kinds } = await readApprovals(ctx.db, input.approvalTokens ?? [], session?.registerId, now);
  const basket = priceBasket(
    terms,
    input,
    resolvedItems,
    permits(ctx.actor, 'pos:override') || kinds.has('price_override'),
  );
  basket.issues.push(
    ...limitIssues(findActorLimit(ctx.actor, terms.settings), input, basket, kinds),
    ...tipIssues(terms, input.tip),
  );
  // A till shows prices before it asks the customer's age.
  if (purpose === 'sell') basket.issues.push(...ageIssues(input, basket.lines));
  return basket;
}

export interface Validation {
  valid: boolean;
  issues: Issue[];
}

/** Lists all issues of a basket at this moment, in the order of the items; a basket without issues can be sold. */
export async function validateCheckout(ctx: RequestContext, input: CheckoutInput): Promise<Validation> {
  const issues = validateCheckoutInput(input, ctx.clock.now());
  // Too many items are rejected before they are looked up.
  if (issues.some((issue) => issue.reason === 'TOO_MANY')) return { valid: false, issues };
  const { session, issue } = await findSession(ctx, input.registerId);
  if (issue) issues.push(issue);
  const terms = await tillTerms(ctx, ctx.db, session?.branchId ?? branchOf(ctx));
  const basket = await readBasket(ctx, terms, input, session, 'sell');
  issues.push(...basket.issues, ...(await stockIssues(ctx, terms, input, basket.lines)));
  const tenders = tendersFor(terms, input, basket.totals?.total ?? ZERO);
  issues.push(
    ...tenderIssues(terms, tenders, input.customerId),
    ...(await customerIssues(ctx.db, input.customerId)),
  );
  if (basket.totals) issues.push(...paymentIssues(terms, basket.totals.total, tenders));
  issues.sort((a, b) => (a.item ?? Infinity) - (b.item ?? Infinity) || 0);
  return { valid: issues.length === 0, issues };
}

async function findSession(
  ctx: RequestContext,
  registerId: string | null | undefined,
): Promise<{ session?: OpenSession; issue?: Issue }> {
  const { session, error } = await resolveOpenSession(ctx.db, ctx, registerId);
  if (session) return { session };
  const { code, message } = error;
  return { issue: { code, message, item: null, field: 'registerId', reason: code } };
}

/** Issues of the stock, and of the customer's reservations. */
async function stockIssues(
  ctx: RequestContext,
  { branchId }: TillTerms,
  { reservations }: Pick<CheckoutInput, 'reservations'>,
  lines: readonly BasketLine[],
): Promise<Issue[]> {
  const now = ctx.clock.now();
  const reservedStock = reservations?.length
    ? await reservedStockFor(ctx.db, reservations, await warehouseOfBranch(ctx.db, branchId), now)
    : NOTHING_RESERVED;
  const issues = reservedStock.faults.map(({ index, ...fault }): Issue => ({
    ...fault,
    item: null,
    field: `reservations.${index}`,
  }));
  const stockByVariant = neededStock(lines);
  if (stockByVariant.size === 0) return issues;
  const levels = await levelsOf(ctx.db, [...stockByVariant.keys()], branchId, now, reservedStock.quantities);
  const shortages = [...stockByVariant].flatMap(([variantId, stock]) => {
    const available = levels.get(variantId)?.available ?? ZERO;
    return stock.quantity.greaterThan(available) ? [shortage(stock, available)] : [];
  });
  return [...issues, ...shortages];
}

function paymentIssues(terms: TillTerms, total: Decimal, tenders: readonly CheckoutPaymentInput[]): Issue[] {
  // A basket is often checked before the customer has paid, so payments are checked only if there are any.
  return tenders.length === 0 ? [] : (settle(terms, total, tenders).issues ?? []);
}
