/**
 * What comes back for a part of a sold line. Pure.
 *
 * What has been given back after the first k of n units is the line's amount × k / n, rounded; a return is the difference of two
 * of these. So no return remembers another one's remainder, and all of them together are the line to the last cent.
 */
import type { Decimal } from '#kernel/decimal';
import { roundMoney } from '#kernel/money';
import type { PricedLine, PricingTerms } from './pricing.rules';

/** A sold line, as far as the rule needs it. */
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
 * What is given back for a quantity of a sold line, as positive amounts.
 * @param quantity above zero, and not more than what is left of the line.
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
  // What was charged and what was asked are exact shares each; the discount is what lies between them.
  const discount = subtotal.minus(terms.pricesIncludeTax ? total : net);
  return { subtotal, discount, net, tax, total, gross: share(line.gross) };
}
