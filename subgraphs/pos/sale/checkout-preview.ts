/** Previews of a checkout: the totals of a basket, and the issues that prevent its sale. Writes nothing. */
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { type Decimal, ZERO, sum } from '#kernel/decimal';
import { branchOf } from '#subgraphs/auth/index';
import { NOTHING_RESERVED, reservedStockFor, levelsOf, warehouseOfBranch } from '#subgraphs/inventory/index';
import {
  ageIssues,
  benefitsOf,
  customerIssues,
  findActorLimit,
  limitIssues,
  neededStock,
  priceItems,
  priceWithBenefits,
  requireValue,
  resolveTenders,
  settle,
  shortage,
  tenderIssues,
  tenderLimitIssues,
  throwIssues,
  tillTerms,
  tipIssues,
  type BasketLine,
  type BenefitingBasket,
  type Issue,
  type PointsBenefit,
  type SaleTender,
  type SaleTotals,
  type TillTerms,
} from '#subgraphs/orders/index';
import { resolveOpenSession, type OpenSession } from '#subgraphs/registers/index';
import { readApprovals } from './approvals';
import { validateCheckoutInput } from './checkout-input.rules';
import { tillSale } from './prepare-sale';
import type { CheckoutInput } from '../inputs.generated';

/** The totals of a basket. */
export interface Quote {
  terms: TillTerms;
  lines: BasketLine[];
  totals: SaleTotals;
  /** Amounts that remain in the shop, in the order of the input; amounts of zero are omitted. */
  payments: readonly SaleTender[];
  rounding: Decimal;
  /** With the rounding. */
  total: Decimal;
  paid: Decimal;
  change: Decimal;
  /** The amount that the payments do not cover yet. */
  due: Decimal;
  /** Undefined without a customer or an active loyalty program. */
  points: PointsBenefit | undefined;
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
  const { points } = benefitsOf(basket, { tip: input.tip?.amount });
  const figures = await paymentFigures(ctx, terms, totals.total, input);
  return { terms, lines: basket.lines, totals, points, ...figures };
}

type PaymentFigures = Pick<Quote, 'payments' | 'rounding' | 'total' | 'paid' | 'change' | 'due'>;

async function paymentFigures(
  ctx: RequestContext,
  terms: TillTerms,
  total: Decimal,
  input: CheckoutInput,
): Promise<PaymentFigures> {
  const payable = { total, customerId: input.customerId };
  const tenders = requireValue(await resolveTenders(ctx, ctx.db, terms, input, payable));
  const settlement = settle(terms, total, tenders);
  if (settlement.missing === undefined) {
    const { tenders: payments, ...figures } = requireValue(settlement);
    return { ...figures, payments, due: ZERO };
  }
  // Before the customer has paid there is nothing to round and no change.
  const paid = sum(tenders.map((tender) => tender.amount));
  const payments = tenders.filter(({ amount }) => !amount.isZero());
  return { payments, rounding: ZERO, total, paid, change: ZERO, due: settlement.missing };
}

async function readBasket(
  ctx: RequestContext,
  terms: TillTerms,
  input: CheckoutInput,
  session: OpenSession | undefined,
  purpose: 'price' | 'sell',
): Promise<BenefitingBasket> {
  const now = ctx.clock.now();
  const resolvedItems = await priceItems(ctx, ctx.db, { ...terms, at: input.createdAt ?? now }, input.items);
  const { kinds } = await readApprovals(ctx.db, input.approvalTokens ?? [], session?.registerId, now);
  const basket = await priceWithBenefits(ctx, ctx.db, terms, tillSale(input, input.createdAt ?? now), {
    input,
    resolvedItems,
    mayOverride: permits(ctx.actor, 'pos:override') || kinds.has('price_override'),
  });
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
  const payable = { total: basket.totals?.total ?? ZERO, customerId: input.customerId };
  const resolved = await resolveTenders(ctx, ctx.db, terms, input, payable);
  const tenders = resolved.value ?? [];
  issues.push(
    ...(resolved.issues ?? []),
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

function paymentIssues(terms: TillTerms, total: Decimal, tenders: readonly SaleTender[]): Issue[] {
  // A basket is often checked before the customer has paid, so payments are checked only if there are any.
  if (tenders.length === 0) return [];
  const { value, issues } = settle(terms, total, tenders);
  return value ? tenderLimitIssues(terms, value.tenders) : issues;
}
