/** The plan of a refund: its lines and amounts, computed and not written. Previews and refunds share it. */
import type { Queryable } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { allocate, formatMoney, roundMoney } from '#kernel/money';
import {
  assertTendersAccepted,
  paymentsOfOrders,
  refundableAmount,
  type PaymentRow,
} from '#subgraphs/payments/index';
import type { TillTerms } from '../basket/selling-terms';
import { fieldIssue, requireValue, type Result } from '../issues.rules';
import type { FullOrder } from '../model';
import { dueAmount } from '../order/order-balance.rules';
import type { Reduction } from '../pricing/pricing.rules';
import { returnGiftCards, type ReturnedGiftCard } from '../stored-value/sell-gift-cards';
import {
  NOTHING_REFUNDED,
  amountShare,
  returnedShare,
  soldLine,
  type RefundedPart,
} from '../pricing/proration.rules';
import { NO_SHIPPING, type ShippingAmounts } from '../pricing/shipping.rules';
import type { ReturnedLine } from './post-return';
import type { RefundLine } from './refund-items.rules';
import {
  chosenTenders,
  refundTenders,
  type RefundTenderChoice,
  type RefundTenders,
  type RefundablePayment,
} from './refund-tenders.rules';
import { refundedParts, refundedShipping } from './refunded-parts.queries';
import { shippingRefund } from './shipping-refund.rules';
import { returnedReductions } from './returned-reductions.rules';

/** The selected parts of a sale. */
export interface RefundSelection {
  /** Returned or cancelled quantities. */
  lines: readonly RefundLine[];
  /** An amount to refund without goods, spread over what is left of the lines. */
  amount?: Decimal | null | undefined;
  /** Shipping to refund, with tax. */
  shipping?: Decimal | null | undefined;
}

/** Details that decide the money of a refund. */
export interface RefundChoice {
  input: RefundTenderChoice & { restock?: boolean | null | undefined };
  /** Decides how an amount is refunded, instead of the input. @param terms of the branch that refunds. */
  tendersFor?: ((amount: Decimal, terms: TillTerms) => RefundTenders) | undefined;
}

/** A refund before it is posted. */
export interface RefundPlan {
  lines: readonly (ReturnedLine & { originalLineId: string })[];
  reductions: readonly Reduction[];
  shipping: ShippingAmounts;
  refund: RefundTenders;
  /** Sold gift cards that the refund ends. */
  giftCards: readonly ReturnedGiftCard[];
  /** The part of the lines that their gift cards have paid already; it is not refunded. */
  used: Decimal;
  /** The part of the amount that had not been paid, and reduces the amount due instead. */
  waived: Decimal;
  /** The difference between the sale's payments and its total that the refund ends. */
  paymentDifference: Decimal | null;
  /** Whether nothing of the sale remains. */
  everything: boolean;
}

/**
 * Plans the refund of the selected parts of a sale.
 * @param terms of the branch, with the currency of the sale.
 * @throws PosProError 409 ILLEGAL_STATE if the payments do not suffice; 422 for amounts beyond what is left.
 */
export async function planRefund(
  db: Queryable,
  terms: TillTerms,
  order: FullOrder,
  selection: RefundSelection,
  choice: RefundChoice,
): Promise<RefundPlan> {
  const refunded = await refundedParts(db, order);
  const restock = choice.input.restock ?? true;
  const returned = selection.lines.map((line) => returnedLine(terms, line, restock, refunded));
  const { lines: reduced, giftCards, used } = await returnGiftCards(db, terms, returned);
  const lines = [...reduced, ...requireValue(goodwillLines(terms, order, selection.amount, refunded))];
  const shipping = await shippingToRefund(db, terms, order, selection.shipping);
  const everything = isEverything(order, selection, lines, shipping);
  const amounts = {
    credit: sum(lines.map((line) => line.amounts.total)).plus(shipping.shippingTotal),
    everything,
  };
  const remaining = order.total.minus(order.refundedTotal).minus(used);
  const credit = amountToRefund(terms, order, amounts, remaining);
  const due = Decimal.max(ZERO, dueAmount(order));
  const waived = Decimal.min(due, credit);
  const refund = await tendersOf(db, terms, order, choice, credit.minus(waived));
  // The last refund also ends the difference between the payments and the total.
  const ends = everything && order.paymentDifference !== null;
  return {
    lines,
    giftCards,
    used,
    reductions: returnedReductions(order, lines, refunded),
    shipping,
    refund,
    waived,
    paymentDifference: ends ? remaining.minus(refund.total) : null,
    everything,
  };
}

function returnedLine(
  terms: TillTerms,
  { line, quantity }: RefundLine,
  restock: boolean,
  refunded: ReadonlyMap<string, RefundedPart>,
): ReturnedLine & { originalLineId: string } {
  return {
    ...identityOf(line),
    quantity,
    amounts: returnedShare(terms, soldLine(terms, line), quantity, refunded.get(line.id) ?? NOTHING_REFUNDED),
    restock: restock && line.unitCost !== null,
    unitCost: line.unitCost ?? undefined,
  };
}

function identityOf(line: RefundLine['line']) {
  const { productId, variantId, sku, name, unit, unitPrice, listPrice, taxRate, stocked } = line;
  const { giftCardPurpose, vendorId, taxClassId, taxClass } = line;
  const item = { productId, variantId, vendorId, sku, name, unit };
  return {
    ...item,
    unitPrice,
    listPrice,
    taxRate,
    taxClassId,
    taxClass,
    stocked,
    giftCardPurpose,
    note: null,
    originalLineId: line.id,
  };
}

/**
 * The lines of a refund without goods: the amount is spread over what is left of each line, by what is left of it.
 * @returns the lines, without those of nothing; or the issue of an invalid amount, or of one that exceeds what is left.
 */
function goodwillLines(
  terms: TillTerms,
  order: FullOrder,
  amount: Decimal | null | undefined,
  refunded: ReadonlyMap<string, RefundedPart>,
): Result<(ReturnedLine & { originalLineId: string })[]> {
  if (amount == null) return { value: [] };
  // A gift card is returned, not made cheaper.
  const left = order.lines.map((line) =>
    line.giftCardPurpose === null ? line.total.minus(line.refundedAmount) : ZERO,
  );
  const issue = amountIssue(terms, 'amount', amount, sum(left));
  if (issue) return { issues: [issue] };
  const shares = allocate(amount, left, terms.currency);
  const lines = order.lines.flatMap((line, index) => {
    const share = shares[index]!;
    if (share.isZero()) return [];
    const amounts = amountShare(terms, line, share, refunded.get(line.id) ?? NOTHING_REFUNDED);
    return [{ ...identityOf(line), quantity: ZERO, amounts, restock: false }];
  });
  return { value: lines };
}

function amountIssue({ currency }: TillTerms, field: string, amount: Decimal, left: Decimal) {
  if (!amount.greaterThan(ZERO)) return fieldIssue(field, 'Must be above zero.', 'NOT_POSITIVE');
  if (!roundMoney(amount, currency).equals(amount))
    return fieldIssue(field, `${currency} does not have that many digits.`, 'PRECISION');
  if (!amount.greaterThan(left)) return undefined;
  const texts = { left: formatMoney(left, currency) };
  const message = `Only ${texts.left} ${currency} are left to refund.`;
  return { ...fieldIssue(field, message, 'MORE_THAN_LEFT'), details: texts };
}

async function shippingToRefund(
  db: Queryable,
  terms: TillTerms,
  order: FullOrder,
  amount: Decimal | null | undefined,
): Promise<ShippingAmounts> {
  const { shippingTotal, shippingRefunded } = order;
  if (amount == null || (amount.isZero() && shippingTotal.equals(shippingRefunded))) return NO_SHIPPING;
  const issue = amountIssue(terms, 'shippingAmount', amount, shippingTotal.minus(shippingRefunded));
  if (issue) requireValue({ issues: [issue] });
  return shippingRefund(terms, order, amount, await refundedShipping(db, order));
}

/** Whether nothing of the sale remains after the refund: no goods or no money, and no shipping. */
function isEverything(
  order: FullOrder,
  selection: RefundSelection,
  lines: RefundPlan['lines'],
  { shippingTotal }: ShippingAmounts,
): boolean {
  if (!order.shippingRefunded.plus(shippingTotal).equals(order.shippingTotal)) return false;
  const quantities = new Map(selection.lines.map(({ line, quantity }) => [line.id, quantity]));
  const noGoods = order.lines.every((line) =>
    line.returnedQuantity
      .plus(line.cancelledQuantity)
      .plus(quantities.get(line.id) ?? ZERO)
      .equals(line.quantity),
  );
  if (noGoods || selection.amount == null) return noGoods;
  const amounts = sum(lines.map((line) => line.amounts.total));
  return sum(order.lines.map((line) => line.total.minus(line.refundedAmount))).equals(amounts);
}

// --- The money ---

/**
 * The amount to refund: never more than remains of the total, nor of the money that was paid.
 * @throws PosProError 409 ILLEGAL_STATE if a till took less than the total, and a part of the lines would refund more.
 */
function amountToRefund(
  { currency }: TillTerms,
  order: FullOrder,
  { credit, everything }: { credit: Decimal; everything: boolean },
  remaining: Decimal,
): Decimal {
  const refundable = Decimal.max(ZERO, remaining.plus(order.paymentDifference ?? ZERO));
  // The last refund is the remainder to the cent: cash rounding of the sale and of earlier refunds ends here.
  if (everything) return refundable;
  const amount = Decimal.min(credit, remaining);
  if (amount.lessThanOrEqualTo(refundable)) return amount;
  const left = formatMoney(refundable, currency);
  const message = `Only ${left} ${currency} of the money that was paid remains; refund the whole sale.`;
  throw new PosProError('ILLEGAL_STATE', message, { details: { left } });
}

async function tendersOf(
  db: Queryable,
  terms: TillTerms,
  order: FullOrder,
  { input, tendersFor }: RefundChoice,
  amount: Decimal,
): Promise<RefundTenders> {
  if (tendersFor) return tendersFor(amount, terms);
  if (input.method == null && input.payments == null)
    return requireValue(refundTenders(terms, amount, await refundablePayments(db, order)));
  const refund = requireValue(chosenTenders(terms, amount, input));
  await assertTendersAccepted(db, refund.tenders, input.payments ? 'payments' : 'method');
  return refund;
}

/**
 * The payments of a sale with the amounts that can still be refunded, in the order in which they came. What removed goods paid for a
 * supplement is refunded to the payments of the order that it supplements; at a till, the goods of an exchange are refunded in cash.
 */
export async function refundablePayments(
  db: Queryable,
  { id, originalOrderId }: Pick<FullOrder, 'id' | 'originalOrderId'>,
): Promise<RefundablePayment[]> {
  const byOrder = await paymentsOfOrders(db, originalOrderId === null ? [id] : [id, originalOrderId]);
  const payments = (byOrder.get(id) ?? []).map(toRefundable);
  const earlier = (byOrder.get(originalOrderId ?? '') ?? []).map(toRefundable);
  return payments.flatMap((payment) => {
    if (payment.method !== 'exchange') return [payment];
    if (originalOrderId === null) return [{ ...payment, method: 'cash' as const }];
    let missing = payment.left;
    return earlier.map((paid) => {
      const left = Decimal.min(paid.left, missing);
      missing = missing.minus(left);
      return { ...paid, left };
    });
  });
}

function toRefundable(payment: PaymentRow): RefundablePayment {
  return { id: payment.id, method: payment.method, left: refundableAmount(payment) };
}
