/** Shipping of an order: an amount with its own tax, beside the lines. */
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { groupBy } from '#kernel/collections';
import { allocate } from '#kernel/money';
import type { OrderRow } from '../model';
import { taxOf, type PricedLine, type PricingTerms, type TaxedLine } from './pricing.rules';
import type { ShippingTax } from './shipping-tax';

/** Shipping to charge. */
export interface Shipping {
  /** As prices are quoted, rounded; not negative. */
  amount: Decimal;
  /** In percent; of the largest part if there are parts. */
  taxRate: Decimal;
  /** The parts at several tax rates, which sum to the amount; undefined for one rate. */
  parts?: readonly ShippingPart[] | undefined;
}

/** A part of a shipping at one tax rate. */
export interface ShippingPart {
  /** In percent. */
  rate: Decimal;
  /** As prices are quoted. */
  amount: Decimal;
}

/** The columns of an order that hold its shipping. */
export type ShippingAmounts = Pick<
  OrderRow,
  'shippingTotal' | 'shippingTax' | 'shippingTaxRate' | 'shippingTaxes'
>;

/** The amounts of an order without shipping. */
export const NO_SHIPPING: ShippingAmounts = {
  ...{ shippingTotal: ZERO, shippingTax: ZERO, shippingTaxRate: ZERO, shippingTaxes: null },
};

/** The amounts of a shipping; zero without one. The parts of one at several rates are taxed and rounded by themselves. */
export function shippingAmounts(terms: PricingTerms, shipping: Shipping | null | undefined): ShippingAmounts {
  if (!shipping) return NO_SHIPPING;
  const { amount, taxRate, parts } = shipping;
  const priced = (parts ?? [{ rate: taxRate, amount }]).map((part) => {
    const tax = taxOf(terms, part.amount, part.rate);
    return { rate: part.rate, tax, total: terms.pricesIncludeTax ? part.amount : part.amount.plus(tax) };
  });
  return {
    shippingTotal: sum(priced.map(({ total }) => total)),
    shippingTax: sum(priced.map(({ tax }) => tax)),
    shippingTaxRate: taxRate,
    shippingTaxes: parts ? priced.map(toStoredPart) : null,
  };
}

// --- The rate ---

/** Goods that decide the tax of their shipping. */
export interface TaxedGoods {
  /** In percent. */
  readonly taxRate: Decimal;
  readonly amounts: Pick<PricedLine, 'net' | 'total'>;
}

/** The rule of an organization for the tax of its shipping. */
export interface ShippingTaxTerms {
  readonly rule: 'fixed' | 'highest' | 'proportional' | 'none';
  /** In percent: of the rule `fixed`, and of shipping without goods. */
  readonly fixedRate: Decimal;
}

/** The tax of a shipping of an amount, as prices are quoted, by the organization's rule. */
export function taxedShipping(
  { currency, pricesIncludeTax }: PricingTerms,
  { rule, fixedRate }: ShippingTaxTerms,
  goods: readonly TaxedGoods[],
  amount: Decimal,
): Shipping {
  if (rule === 'none') return { amount, taxRate: ZERO };
  if (rule === 'fixed' || goods.length === 0) return { amount, taxRate: fixedRate };
  if (rule === 'highest') return { amount, taxRate: Decimal.max(...goods.map(({ taxRate }) => taxRate)) };
  const shares = byRate(goods, ({ net, total }) => (pricesIncludeTax ? total : net));
  const parts = allocate(
    amount,
    shares.map(({ value }) => value),
    currency,
  )
    .map((part, index) => ({ rate: shares[index]!.rate, amount: part }))
    .filter((part) => !part.amount.isZero());
  const taxRate = shares[0]!.rate;
  return parts.length < 2 ? { amount, taxRate: parts[0]?.rate ?? taxRate } : { amount, taxRate, parts };
}

/** The tax rate of most of the goods, by their net value; of equal ones the higher. Shipping follows the goods. */
export function mainTaxRate(goods: readonly TaxedGoods[]): Decimal {
  return byRate(goods, ({ net }) => net)[0]?.rate ?? ZERO;
}

/** The value of goods by their rate: the most valuable first, of equal ones the higher rate. */
function byRate(goods: readonly TaxedGoods[], valueOf: (amounts: TaxedGoods['amounts']) => Decimal) {
  return [...groupBy(goods, ({ taxRate }) => taxRate.toFixed()).values()]
    .map((parts) => ({
      rate: parts[0]!.taxRate,
      value: sum(parts.map(({ amounts }) => valueOf(amounts))),
    }))
    .sort((a, b) => b.value.comparedTo(a.value) || b.rate.comparedTo(a.rate));
}

// --- The parts ---

/** A part of an order's shipping with its tax. */
export interface ShippingTaxPart {
  /** In percent. */
  readonly rate: Decimal;
  /** With tax. */
  readonly total: Decimal;
  readonly tax: Decimal;
}

/** The parts of an order's shipping by tax rate; none without shipping. */
export function shippingParts(order: ShippingAmounts): ShippingTaxPart[] {
  const { shippingTotal: total, shippingTax: tax, shippingTaxRate: rate, shippingTaxes } = order;
  if (shippingTaxes)
    return shippingTaxes.map((part) => ({
      rate: new Decimal(part.rate),
      total: new Decimal(part.total),
      tax: new Decimal(part.tax),
    }));
  return total.isZero() ? [] : [{ rate, total, tax }];
}

/** As the order stores it. */
export function toStoredPart({ rate, total, tax }: ShippingTaxPart): ShippingTax {
  return { rate: rate.toFixed(), total: total.toFixed(), tax: tax.toFixed() };
}

/** A part of an order with its tax. */
export type TaxedPart = Pick<PricedLine, 'net' | 'tax'> & TaxedLine;

/** The taxed parts of an order: its lines, and its shipping. */
export function taxedPartsOf(order: ShippingAmounts, lines: readonly TaxedPart[]): readonly TaxedPart[] {
  const parts = shippingParts(order).map(({ rate: taxRate, total, tax }) => ({
    taxRate,
    tax,
    net: total.minus(tax),
  }));
  return parts.length === 0 ? lines : [...lines, ...parts];
}
