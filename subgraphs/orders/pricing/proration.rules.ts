/**
 * The refund for a part of a sold line.
 *
 * After the first k of n units, the refunded amount is the line's amount × k / n, rounded; a return refunds the difference of two
 * such amounts. So no return depends on the remainder of another return, and all returns sum to the line to the last cent.
 *
 * An amount may also be refunded without goods. From then on a return refunds its share of what is left: the remaining amount × the
 * returned units / the remaining units, rounded.
 */
import { ZERO, type Decimal } from '#kernel/decimal';
import { allocate, roundMoney } from '#kernel/money';
import type { OrderLineRow } from '../model';
import { taxOf, type PricedLine, type PricingTerms } from './pricing.rules';

/** The fields of a sold line that the rule needs. */
export interface SoldLine {
  quantity: Decimal;
  /** Quantity that was returned or cancelled. */
  refundedQuantity: Decimal;
  subtotal: Decimal;
  discount: Decimal;
  net: Decimal;
  tax: Decimal;
  total: Decimal;
  /** The line before any discount, with tax. */
  gross: Decimal;
}

/** A line of an order, as the rule needs it. */
export function soldLine(terms: PricingTerms, line: OrderLineRow): SoldLine {
  const { subtotal, taxRate, returnedQuantity, cancelledQuantity } = line;
  const gross = terms.pricesIncludeTax ? subtotal : subtotal.plus(taxOf(terms, subtotal, taxRate));
  return { ...line, gross, refundedQuantity: returnedQuantity.plus(cancelledQuantity) };
}

/** The sums of all refunds of a sold line so far; positive. */
export interface RefundedPart {
  subtotal: Decimal;
  discount: Decimal;
  tax: Decimal;
  total: Decimal;
  /** Whether an amount was refunded without goods. */
  byAmount: boolean;
}

/** The sums of a line of which nothing was refunded. */
export const NOTHING_REFUNDED: RefundedPart = {
  subtotal: ZERO,
  discount: ZERO,
  tax: ZERO,
  total: ZERO,
  byAmount: false,
};

/**
 * Amounts to refund for a quantity of a sold line; positive.
 * @param quantity above zero, and not more than remains of the line.
 *
 * @example
 * // Three for 10.00, returned one by one: 3.33, 3.34, 3.33. After 1.00 was refunded without goods: 3.00, 3.00, 3.00.
 */
export function returnedShare(
  terms: PricingTerms,
  line: SoldLine,
  quantity: Decimal,
  refunded: RefundedPart = NOTHING_REFUNDED,
): PricedLine {
  const share = shareOf(terms, line, quantity, refunded.byAmount);
  const total = share(line.total, refunded.total);
  const tax = share(line.tax, refunded.tax);
  const subtotal = share(line.subtotal, refunded.subtotal);
  const net = total.minus(tax);
  // The subtotal and the charged amount are exact shares; the discount is the difference between them.
  const discount = subtotal.minus(terms.pricesIncludeTax ? total : net);
  const gross = refunded.byAmount ? grossOf(terms, line, subtotal) : share(line.gross, ZERO);
  return { subtotal, discount, net, tax, total, gross };
}

/** The part of the line before any discount, with tax, that belongs to a part of its subtotal. */
function grossOf({ currency, roundingMode }: PricingTerms, line: SoldLine, subtotal: Decimal): Decimal {
  if (line.subtotal.isZero()) return ZERO;
  return roundMoney(line.gross.times(subtotal).dividedBy(line.subtotal), currency, roundingMode);
}

/** The share of a quantity in an amount of the line, of which a part was refunded already. */
function shareOf(
  { currency, roundingMode }: PricingTerms,
  { quantity: sold, refundedQuantity: before }: SoldLine,
  quantity: Decimal,
  ofRest: boolean,
): (amount: Decimal, refunded: Decimal) => Decimal {
  const part = (amount: Decimal, count: Decimal, of: Decimal) =>
    roundMoney(amount.times(count).dividedBy(of), currency, roundingMode);
  if (ofRest) return (amount, refunded) => part(amount.minus(refunded), quantity, sold.minus(before));
  return (amount) => part(amount, before.plus(quantity), sold).minus(part(amount, before, sold));
}

/**
 * Amounts of a refund of money without goods; positive.
 * @param amount with tax; above zero, and not more than remains of the line.
 */
export function amountShare(
  { currency, roundingMode, pricesIncludeTax }: PricingTerms,
  line: Pick<SoldLine, 'tax' | 'total'>,
  amount: Decimal,
  refunded: RefundedPart = NOTHING_REFUNDED,
): PricedLine {
  const taxLeft = line.tax.minus(refunded.tax);
  const totalLeft = line.total.minus(refunded.total);
  const tax = roundMoney(taxLeft.times(amount).dividedBy(totalLeft), currency, roundingMode);
  const net = amount.minus(tax);
  const subtotal = pricesIncludeTax ? amount : net;
  return { subtotal, discount: ZERO, net, tax, total: amount, gross: amount };
}

/**
 * The shares of a line's single discounts in a return: the difference of two cumulative shares, like the amounts of the line itself.
 * So they sum to the discount of the return, and those of all returns to each discount of the line.
 *
 * @param amounts the single discounts of the sold line; they sum to its discount.
 * @param before the line's discount in all earlier returns.
 * @param discount the line's discount in this return.
 */
export function discountShares(
  { currency }: Pick<PricingTerms, 'currency'>,
  amounts: readonly Decimal[],
  before: Decimal,
  discount: Decimal,
): Decimal[] {
  if (amounts.length === 0) return [];
  const after = allocate(before.plus(discount), amounts, currency);
  if (before.isZero()) return after;
  return allocate(before, amounts, currency).map((amount, index) => (after[index] ?? ZERO).minus(amount));
}
