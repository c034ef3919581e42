/**
 * The refund for a part of a sold line.
 *
 * After the first k of n units, the refunded amount is the line's amount × k / n, rounded; a return refunds the difference of two
 * such amounts. So no return depends on the remainder of another return, and all returns sum to the line to the last cent.
 */
import type { Decimal } from '#kernel/decimal';
import { roundMoney } from '#kernel/money';
import type { PricedLine, PricingTerms } from './pricing.rules';

/** The fields of a sold line that the rule needs. */
export interface SoldLine {
  quantity: Decimal;
  returnedQuantity: Decimal;
  subtotal: Decimal;
  discount: Decimal;
  net: Decimal;
  tax: Decimal;
  total: Decimal;
  /** The line before any discount, with tax. */
  gross: Decimal;
}

/**
 * Amounts to refund for a quantity of a sold line; positive.
 * @param quantity above zero, and not more than remains of the line.
 *
 * @example
 * // Three for 10.00, returned one by one: 3.33, 3.34, 3.33.
 */
export function returnedShare(terms: PricingTerms, line: SoldLine, quantity: Decimal): PricedLine {
  const before = line.returnedQuantity;
  const after = before.plus(quantity);
  const share = (amount: Decimal): Decimal => {
    const upTo = (count: Decimal) =>
      roundMoney(amount.times(count).dividedBy(line.quantity), terms.currency, terms.roundingMode);
    return upTo(after).minus(upTo(before));
  };
  const total = share(line.total);
  const tax = share(line.tax);
  const subtotal = share(line.subtotal);
  const net = total.minus(tax);
  // The subtotal and the charged amount are exact shares; the discount is the difference between them.
  const discount = subtotal.minus(terms.pricesIncludeTax ? total : net);
  return { subtotal, discount, net, tax, total, gross: share(line.gross) };
}
