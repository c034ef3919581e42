/** Shipping in refunds. */
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { allocate } from '#kernel/money';
import type { OrderRow } from '../model';
import { negative } from '../order/line-draft.rules';
import { taxOf, type PricingTerms } from '../pricing/pricing.rules';
import { NOTHING_REFUNDED, amountShare } from '../pricing/proration.rules';
import {
  shippingParts,
  toStoredPart,
  type Shipping,
  type ShippingAmounts,
  type ShippingTaxPart,
} from '../pricing/shipping.rules';

/** The sums of all refunds of a part so far, with tax. */
export type RefundedShipping = Pick<ShippingTaxPart, 'total' | 'tax'>;

const NOTHING: RefundedShipping = { total: ZERO, tax: ZERO };

/**
 * The shipping of a refund: each part is refunded by its share of what is left of it. So all refunds sum to the taxes of the shipping, to
 * the cent.
 * @param amount with tax; not more than is left.
 * @param refunded by the position of the part.
 *
 * @example
 * // 4.76 at 19 % (0.76 tax) and 1.19 at 7 % (0.08 tax): 3.00 refunds 2.40 (0.38) and 0.60 (0.04), then 2.95 the rest.
 */
export function shippingRefund(
  terms: PricingTerms,
  order: ShippingAmounts,
  amount: Decimal,
  refunded: readonly RefundedShipping[],
): ShippingAmounts {
  const parts = shippingParts(order);
  const left = parts.map(({ total }, index) => total.minus((refunded[index] ?? NOTHING).total));
  const totals = allocate(amount, left, terms.currency);
  const shares = parts.map((part, index): ShippingTaxPart => {
    const total = totals[index]!;
    if (total.isZero()) return { ...part, total, tax: ZERO };
    const before = { ...NOTHING_REFUNDED, ...refunded[index] };
    return { ...part, total, tax: amountShare(terms, part, total, before).tax };
  });
  return {
    shippingTotal: amount,
    shippingTax: sum(shares.map(({ tax }) => tax)),
    shippingTaxRate: order.shippingTaxRate,
    shippingTaxes: order.shippingTaxes && shares.map(toStoredPart),
  };
}

/** The shipping of the return that refunds it: the same amounts below zero. */
export function returnedShipping(shipping: ShippingAmounts): ShippingAmounts {
  const { shippingTotal, shippingTax, shippingTaxRate, shippingTaxes } = shipping;
  return {
    shippingTotal: negative(shippingTotal),
    shippingTax: negative(shippingTax),
    shippingTaxRate,
    shippingTaxes:
      shippingTaxes &&
      shippingParts(shipping).map(({ total, tax, ...part }) =>
        toStoredPart({ ...part, total: negative(total), tax: negative(tax) }),
      ),
  };
}

/** The shipping that is left to charge; null without any. */
export function shippingLeft(
  terms: PricingTerms,
  order: ShippingAmounts & Pick<OrderRow, 'pricesIncludeTax'>,
  refunded: readonly RefundedShipping[],
): Shipping | null {
  const parts = shippingParts(order)
    .map(({ rate, total, taxClassId, taxClass }, index) => {
      const left = total.minus((refunded[index] ?? NOTHING).total);
      const tax = order.pricesIncludeTax ? ZERO : taxOf({ ...terms, pricesIncludeTax: true }, left, rate);
      return { rate, amount: left.minus(tax), taxClassId, taxClass };
    })
    .filter(({ amount }) => !amount.isZero());
  if (parts.length === 0) return null;
  const shipping = { amount: sum(parts.map(({ amount }) => amount)), taxRate: order.shippingTaxRate };
  return order.shippingTaxes ? { ...shipping, parts } : shipping;
}
