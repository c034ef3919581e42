/** Reading an offline sale: its priced lines and its payments, its conflicts, and the reasons to hold it. */
import { permits } from '#kernel/auth/actor';
import { amountErrors, throwFieldErrors } from '#kernel/validation';
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { type Decimal } from '#kernel/decimal';
import { invariant, type FieldError } from '#kernel/errors';
import { resolveDiscontinuedItems, type ResolvedItem } from '#subgraphs/catalog/index';
import {
  customerIssues,
  findRoleLimit,
  offlineBalanceIssues,
  priceBasket,
  priceItems,
  requireValue,
  settleOffline,
  tenderIssues,
  tendersFor,
  throwIssues,
  tillTerms,
  tipIssues,
  type BasketLine,
  type Issue,
  type OfflineAmounts,
  type SaleTender,
  type SaleTotals,
  type TillTerms,
} from '#subgraphs/orders/index';
import type { CheckoutInput, PaymentPartInput } from '../inputs.generated';
import { adjustBasket } from './offline-basket.rules';
import {
  ruleConflicts,
  conflict,
  inactiveConflict,
  moneyConflicts,
  type Conflict,
  type Seller,
} from './offline-conflicts.rules';
import { implausibilities } from './plausibility.rules';
import type { OfflineOutcome } from '../sale/prepared-sale';

/** An offline sale as the till sends it: a checkout, and the amounts that the till charged and returned. */
export interface OfflineCheckout extends Omit<CheckoutInput, 'payments'>, OfflineAmounts {
  readonly payments?: readonly PaymentPartInput[] | null;
}

/** A sale that can be posted. */
export interface OfflineReading {
  postable: true;
  /** The input, adjusted so that it can be priced. */
  input: CheckoutInput;
  terms: TillTerms;
  lines: readonly BasketLine[];
  totals: SaleTotals;
  outcome: OfflineOutcome;
  /** Reasons to hold the sale; empty if it can be posted as sent. */
  reasons: Conflict[];
}

/** A sale whose amounts exceed every column: it can be read and rejected, but never posted. */
export interface UnpostableReading {
  postable: false;
  reasons: Conflict[];
}

/** The branch and the seller of a sale. */
export interface SaleOrigin {
  branchId: string;
  seller: Seller;
  /** The server's time. */
  now: Date;
}

/** The caller as the seller, with the caller's permissions at this moment. */
export function toSeller({ actor }: Pick<RequestContext, 'actor'>): Seller {
  const person = actor.kind === 'user' || actor.kind === 'apiKey' ? actor : undefined;
  return {
    userId: person?.userId ?? null,
    role: person?.role ?? null,
    mayOverride: permits(actor, 'pos:override'),
  };
}

/**
 * Reads an offline sale.
 * @throws PosProError 422 for an unknown item or payment method, and for an invalid quantity or amount.
 */
export async function readOfflineSale(
  ctx: RequestContext,
  db: Queryable,
  sent: OfflineCheckout,
  origin: SaleOrigin,
): Promise<OfflineReading | UnpostableReading> {
  const terms = await tillTerms(ctx, db, origin.branchId);
  throwFieldErrors([
    ...saleAmountErrors(terms, 'total', sent.total),
    ...saleAmountErrors(terms, 'change', sent.change),
  ]);
  const conflicts: Conflict[] = [];
  const resolvedItems = await resolveItemsAtSaleTime(ctx, db, terms, sent, { now: origin.now, conflicts });
  const adjusted = adjustBasket(terms, sent, resolvedItems);
  const input: CheckoutInput = {
    ...sent,
    items: adjusted.items,
    discount: adjusted.discount,
    customerId: await existingCustomerId(db, sent, conflicts),
    // Approvals at an offline till cannot be checked.
    approvalTokens: null,
  };
  conflicts.push(...adjusted.conflicts, ...unknownDiscounts(sent));
  const basket = priceBasket(terms, input, adjusted.resolvedItems, true);
  const tooLarge = basket.issues.filter(({ reason }) => reason === 'TOO_LARGE');
  throwIssues(basket.issues.filter((issue) => !tooLarge.includes(issue)));
  throwIssues(unpostableIssues(tipIssues(terms, sent.tip), conflicts, ['UNKNOWN_METHOD'], 'TIP_REFUSED'));
  const tenders = collectedTenders(terms, input, { sent, total: basket.totals?.total, conflicts });
  const pricedLines = adjusted.resolvedItems.flatMap((item, index) =>
    item ? [toPricedLine(item, input, index)] : [],
  );
  const reasons = implausibilities(
    terms.settings.offline,
    { lines: pricedLines, payments: tenders, soldAt: sent.createdAt ?? null },
    tooLarge,
    origin.now,
  );
  if (tooLarge.length > 0) return { postable: false, reasons };
  const { totals, lines } = basket;
  invariant(totals, 'a basket without issues has a total');
  const limit = findRoleLimit(origin.seller.role, terms.settings);
  conflicts.push(...ruleConflicts(terms, input, { ...basket, totals }, { seller: origin.seller, limit }));
  const settlement = requireValue(settleOffline(terms, totals.total, tenders, sent));
  conflicts.push(...moneyConflicts(terms, settlement, sent, totals.total));
  return { postable: true, input, terms, lines, totals, outcome: { settlement, conflicts }, reasons };
}

function saleAmountErrors(
  { currency }: TillTerms,
  field: string,
  amount: Decimal | null | undefined,
): FieldError[] {
  return amount == null ? [] : amountErrors(field, amount, currency, 'not_negative');
}

/** The items at the prices and taxes of the moment of the sale, including items that have been discontinued since. */
async function resolveItemsAtSaleTime(
  ctx: RequestContext,
  db: Queryable,
  { branchId }: TillTerms,
  { items, createdAt }: OfflineCheckout,
  { now, conflicts }: { now: Date; conflicts: Conflict[] },
): Promise<(ResolvedItem | undefined)[]> {
  const at = createdAt ?? now;
  const currentItems = await priceItems(ctx, db, { branchId, at }, items);
  if (currentItems.every((item) => item !== undefined)) return currentItems;
  const discontinuedItems = await resolveDiscontinuedItems(ctx, db, items, at);
  return currentItems.map((item, index) => {
    const discontinuedItem = discontinuedItems[index];
    if (item || !discontinuedItem) return item;
    conflicts.push(inactiveConflict(discontinuedItem, index));
    return discontinuedItem;
  });
}

/** The id of the customer; null, and a conflict, if the customer does not exist. */
async function existingCustomerId(
  db: Queryable,
  { customerId }: OfflineCheckout,
  conflicts: Conflict[],
): Promise<string | null> {
  const [customerIssue] = await customerIssues(db, customerId);
  if (customerId == null || !customerIssue) return customerId ?? null;
  conflicts.push(conflict('CUSTOMER_NOT_FOUND', customerIssue.message, { sold: customerId }));
  return null;
}

/** Conflicts of discount codes and points, which the server does not know: the till's discount for them is missing in the payments. */
function unknownDiscounts({ discountCodes, redeemPoints }: OfflineCheckout): Conflict[] {
  const codes = (discountCodes ?? []).map((code) =>
    conflict('DISCOUNT_CODE_UNKNOWN', `There is no discount with the code "${code}".`, {
      rule: 'discountCodes',
      sold: code,
    }),
  );
  if (redeemPoints == null || redeemPoints <= 0) return codes;
  const message = `${redeemPoints} points were redeemed; there are no points to redeem.`;
  return [
    ...codes,
    conflict('POINTS_UNKNOWN', message, { rule: 'redeemPoints', sold: String(redeemPoints), present: '0' }),
  ];
}

/** The issues that reject a sale. Issues with a permitted reason become conflicts. */
function unpostableIssues(
  issues: readonly Issue[],
  conflicts: Conflict[],
  permittedReasons: readonly string[],
  code: 'TIP_REFUSED' | 'TENDER_REFUSED',
): Issue[] {
  return issues.filter(({ reason, message, field }) => {
    if (!permittedReasons.includes(reason)) return true;
    conflicts.push(conflict(code, message, { rule: `${field}: ${reason}` }));
    return false;
  });
}

/** Issues of tenders that a till has taken anyway: a manager reviews them. */
const PERMITTED_TENDERS = ['METHOD_DISABLED', 'REFERENCE_REQUIRED', 'BALANCE_NOT_REDUCED'];

/** The tenders of a sale, without sales on account that no customer owes. */
function collectedTenders(
  terms: TillTerms,
  input: CheckoutInput,
  { sent, total, conflicts }: { sent: OfflineCheckout; total: Decimal | undefined; conflicts: Conflict[] },
): readonly SaleTender[] {
  const chargedTotal = sent.total ?? total;
  const tenders =
    sent.paymentMethod == null || chargedTotal !== undefined ? tendersFor(terms, sent, chargedTotal!) : [];
  const issues = [...tenderIssues(terms, tenders, input.customerId), ...offlineBalanceIssues(tenders)];
  const withoutCustomer = issues.some(({ field, reason }) => field === 'customerId' && reason === 'REQUIRED');
  const others = issues.filter(({ field }) => field !== 'customerId');
  throwIssues(unpostableIssues(others, conflicts, PERMITTED_TENDERS, 'TENDER_REFUSED'));
  if (!withoutCustomer) return tenders;
  const message = 'The sale was made on account, without a customer who owes the amount.';
  conflicts.push(conflict('CREDIT_WITHOUT_CUSTOMER', message, { rule: 'customerId' }));
  return tenders.filter(({ method }) => method !== 'credit');
}

function toPricedLine(item: ResolvedItem, { items }: CheckoutInput, index: number) {
  const { quantity, unitPrice } = items[index]!;
  return { index, item, quantity: quantity ?? item.quantity, unitPrice: unitPrice ?? item.unitPrice };
}
