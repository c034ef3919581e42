/** Shipping of an order: an amount with its own tax, beside the lines. */
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { groupBy } from '#kernel/collections';
import type { OrderRow } from '../model';
import { taxOf, type PricedLine, type PricingTerms, type TaxedLine } from './pricing.rules';

/** Shipping to charge. */
export interface Shipping {
  /** As prices are quoted, rounded; not negative. */
  amount: Decimal;
  /** In percent. */
  taxRate: Decimal;
}

/** The columns of an order that hold its shipping. */
export type ShippingAmounts = Pick<OrderRow, 'shippingTotal' | 'shippingTax' | 'shippingTaxRate'>;

/** The amounts of an order without shipping. */
export const NO_SHIPPING: ShippingAmounts = { shippingTotal: ZERO, shippingTax: ZERO, shippingTaxRate: ZERO };

/** The amounts of a shipping; zero without one. */
export function shippingAmounts(terms: PricingTerms, shipping: Shipping | null | undefined): ShippingAmounts {
  if (!shipping) return NO_SHIPPING;
  const { amount, taxRate } = shipping;
  const shippingTax = taxOf(terms, amount, taxRate);
  const shippingTotal = terms.pricesIncludeTax ? amount : amount.plus(shippingTax);
  return { shippingTotal, shippingTax, shippingTaxRate: taxRate };
}

/** The tax rate of most of the goods, by their net value; of equal ones the higher. Shipping follows the goods. */
export function mainTaxRate(
  lines: readonly { taxRate: Decimal; amounts: Pick<PricedLine, 'net'> }[],
): Decimal {
  const byRate = [...groupBy(lines, ({ taxRate }) => taxRate.toFixed()).values()].map((parts) => ({
    rate: parts[0]!.taxRate,
    net: sum(parts.map(({ amounts }) => amounts.net)),
  }));
  byRate.sort((a, b) => b.net.comparedTo(a.net) || b.rate.comparedTo(a.rate));
  return byRate[0]?.rate ?? ZERO;
}

/** A part of an order with its tax. */
export type TaxedPart = Pick<PricedLine, 'net' | 'tax'> & TaxedLine;

/** The taxed parts of an order: its lines, and its shipping. */
export function taxedPartsOf(order: ShippingAmounts, lines: readonly TaxedPart[]): readonly TaxedPart[] {
  const { shippingTotal, shippingTax: tax, shippingTaxRate: taxRate } = order;
  if (shippingTotal.isZero()) return lines;
  return [...lines, { taxRate, tax, net: shippingTotal.minus(tax) }];
}
