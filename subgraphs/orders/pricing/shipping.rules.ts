/** Shipping of an order: an amount with its own tax, beside the lines. */
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { groupBy } from '#kernel/collections';
import { allocate } from '#kernel/money';
import type { OrderRow } from '../model';
import {
  NO_TAX_CLASS,
  taxOf,
  type PricedLine,
  type PricingTerms,
  type SoldTaxClass,
  type TaxedPart,
} from './pricing.rules';
import type { ShippingTax, VendorShipping } from './shipping-tax';

/** Shipping to charge. */
export interface Shipping {
  /** As prices are quoted, rounded; not negative. */
  amount: Decimal;
  /** In percent; of the largest part if there are parts. */
  taxRate: Decimal;
  /** The parts at several tax rates, or of a tax class, which sum to the amount; undefined for one rate without a class. */
  parts?: readonly ShippingPart[] | undefined;
  /** The prices of the shipments of each vendor's goods; undefined for one shipment. */
  vendors?: readonly VendorShipping[] | undefined;
}

/** A part of a shipping at one tax rate. */
export interface ShippingPart extends SoldTaxClass {
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
  const priced = (parts ?? [{ rate: taxRate, amount, ...NO_TAX_CLASS }]).map(({ amount: value, ...part }) => {
    const tax = taxOf(terms, value, part.rate);
    return { ...part, tax, total: terms.pricesIncludeTax ? value : value.plus(tax) };
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
export interface TaxedGoods extends SoldTaxClass {
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
  const shares = byRate(goods, ({ net, total }) => (pricesIncludeTax ? total : net));
  if (rule === 'highest')
    return wholeShipping(
      amount,
      shares.reduce((a, b) => (b.rate.greaterThan(a.rate) ? b : a)),
    );
  const parts = allocate(
    amount,
    shares.map(({ value }) => value),
    currency,
  )
    .map((part, index) => ({ ...taxOfShare(shares[index]!), amount: part }))
    .filter((part) => !part.amount.isZero());
  if (parts.length < 2) return wholeShipping(amount, parts[0] ?? shares[0]!);
  return { amount, taxRate: shares[0]!.rate, parts };
}

/** Several shipments as one shipping: parts at the same tax rate and class are taxed together, the most valuable first. */
export function joinedShipping(shippings: readonly Shipping[]): Shipping {
  const [first, ...others] = shippings;
  if (others.length === 0) return first!;
  const all = shippings.flatMap(
    ({ amount, taxRate, parts }) => parts ?? [{ rate: taxRate, amount, ...NO_TAX_CLASS }],
  );
  const parts = [...groupBy(all, ({ rate, taxClassId }) => `${rate.toFixed()} ${taxClassId}`).values()]
    .map((same) => ({
      ...taxOfShare({ rate: same[0]!.rate, ...commonClass(same) }),
      amount: sum(same.map(({ amount }) => amount)),
    }))
    .filter(({ amount }) => !amount.isZero())
    .sort((a, b) => b.amount.comparedTo(a.amount) || b.rate.comparedTo(a.rate));
  const amount = sum(shippings.map((shipping) => shipping.amount));
  const taxRate = parts[0]?.rate ?? first!.taxRate;
  const isTaxedInParts = parts.length > 1 || (parts[0]?.taxClassId ?? null) !== null;
  return { amount, taxRate, ...(isTaxedInParts && { parts }) };
}

/** Shipping with the tax of most of the goods, by their net value; of equal ones the higher rate. */
export function mainTaxShipping(goods: readonly TaxedGoods[], amount: Decimal): Shipping {
  const main = byRate(goods, ({ net }) => net)[0];
  return main ? wholeShipping(amount, main) : { amount, taxRate: ZERO };
}

/** A shipping at one tax rate. */
function wholeShipping(amount: Decimal, share: Omit<ShippingPart, 'amount'>): Shipping {
  const whole = { amount, taxRate: share.rate };
  const hasParts = share.taxClassId !== null && !amount.isZero();
  return hasParts ? { ...whole, parts: [{ ...taxOfShare(share), amount }] } : whole;
}

function taxOfShare({ rate, taxClassId, taxClass }: Omit<ShippingPart, 'amount'>) {
  return { rate, taxClassId, taxClass };
}

/** The tax class that all goods of a rate have in common; none if they have several. */
function commonClass(goods: readonly SoldTaxClass[]): SoldTaxClass {
  const { taxClassId, taxClass } = goods[0]!;
  const isCommon = goods.every((part) => part.taxClassId === taxClassId && part.taxClass === taxClass);
  return isCommon ? { taxClassId, taxClass } : NO_TAX_CLASS;
}

/** The value of goods by their rate, with their tax class: the most valuable first, of equal ones the higher rate. */
function byRate(goods: readonly TaxedGoods[], valueOf: (amounts: TaxedGoods['amounts']) => Decimal) {
  return [...groupBy(goods, ({ taxRate }) => taxRate.toFixed()).values()]
    .map((parts) => ({
      rate: parts[0]!.taxRate,
      ...commonClass(parts),
      value: sum(parts.map(({ amounts }) => valueOf(amounts))),
    }))
    .sort((a, b) => b.value.comparedTo(a.value) || b.rate.comparedTo(a.rate));
}

// --- The parts ---

/** A part of an order's shipping with its tax. */
export interface ShippingTaxPart extends SoldTaxClass {
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
      ...part,
      rate: new Decimal(part.rate),
      total: new Decimal(part.total),
      tax: new Decimal(part.tax),
    }));
  return total.isZero() ? [] : [{ rate, total, tax, ...NO_TAX_CLASS }];
}

/** As the order stores it. */
export function toStoredPart({ rate, total, tax, ...taxClass }: ShippingTaxPart): ShippingTax {
  return { rate: rate.toFixed(), total: total.toFixed(), tax: tax.toFixed(), ...taxClass };
}

/** The taxed parts of an order: its lines, and its shipping. */
export function taxedPartsOf<Line extends TaxedPart>(
  order: ShippingAmounts,
  lines: readonly Line[],
): readonly (Line | (TaxedPart & SoldTaxClass))[] {
  const parts = shippingParts(order).map(({ rate: taxRate, total, tax, taxClassId, taxClass }) => ({
    ...{ taxRate, taxClassId, taxClass },
    ...{ tax, net: total.minus(tax) },
  }));
  return parts.length === 0 ? lines : [...lines, ...parts];
}
