/**
 * What a sale costs: pure functions over exact decimals. Every amount that comes out is rounded to the currency, and the parts
 * sum to the whole to the minor unit.
 *
 * A line is quantity × unit price, rounded once. Discounts come off next: the line's own, then the line's share of the order's,
 * spread by largest remainder over what the lines cost after their own discounts. Tax is taken per line, last: out of the amount
 * where prices include it, on top of it where they don't.
 */
import { type Decimal, HUNDRED, ZERO, sum } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { allocate, roundMoney, type RoundingMode } from '#kernel/money';

/** What the rules need to know of the organization. */
export interface PricingTerms {
  /** ISO 4217. */
  currency: string;
  roundingMode: RoundingMode;
  pricesIncludeTax: boolean;
}

/** A share of the price, 0 to 100, or an amount in the currency, quoted as the prices are. One of the two. */
export interface Discount {
  percent?: Decimal | null | undefined;
  amount?: Decimal | null | undefined;
}

/** What is sold. */
export interface SaleLine {
  /** Above zero, 3 places. */
  quantity: Decimal;
  /** Not negative, 4 places. */
  unitPrice: Decimal;
  /** In percent. */
  taxRate: Decimal;
  discount?: Discount | null | undefined;
}

/** What a line costs. */
export interface PricedLine {
  /** Quantity × unit price. */
  subtotal: Decimal;
  /** The line's own discount and its share of the order's. */
  discount: Decimal;
  net: Decimal;
  tax: Decimal;
  /** Net + tax. */
  total: Decimal;
  /** What the line would cost without any discount, with tax. */
  gross: Decimal;
}

/** All of one tax rate. */
export interface TaxTotal {
  /** In percent. */
  rate: Decimal;
  net: Decimal;
  tax: Decimal;
}

/** What a sale costs, before cash rounding. */
export interface SaleTotals {
  lines: PricedLine[];
  /** The lines before any discount, as the prices are quoted. */
  subtotal: Decimal;
  /** All discounts, quoted in the same way. */
  discountTotal: Decimal;
  taxTotal: Decimal;
  /** Subtotal − discounts, + tax where prices exclude it. */
  total: Decimal;
  /** The lines before any discount, with tax. */
  grossTotal: Decimal;
  /** By rate, the lowest first. */
  taxes: TaxTotal[];
}

/**
 * Prices a sale.
 *
 * @param orderDiscount comes off the whole, after the lines' own discounts.
 * @throws PosProError 422 DISCOUNT_INVALID for a discount that is none, or takes off more than there is.
 *
 * @example
 * calculateSale(terms, [{ quantity: 3, unitPrice: 2.5, taxRate: 19 }], { percent: 10 }).total // 6.75
 */
export function calculateSale(
  terms: PricingTerms,
  lines: readonly SaleLine[],
  orderDiscount?: Discount | null,
): SaleTotals {
  const round = (amount: Decimal) => roundMoney(amount, terms.currency, terms.roundingMode);
  const subtotals = lines.map((line) => round(line.quantity.times(line.unitPrice)));
  const own = lines.map((line, index) =>
    discountOf(terms, line.discount, subtotals[index]!, `items.${index}.discount`),
  );
  const left = subtotals.map((subtotal, index) => subtotal.minus(own[index]!));
  const forAll = discountOf(terms, orderDiscount, sum(left), 'discount');
  const shares = forAll.isZero() ? left.map(() => ZERO) : allocate(forAll, left, terms.currency);
  const priced = lines.map((line, index) => {
    const discount = own[index]!.plus(shares[index]!);
    return priceLine(terms, line.taxRate, subtotals[index]!, discount);
  });
  return totalsOf(
    priced,
    lines.map((line) => line.taxRate),
  );
}

/** Adds priced lines up, those of a return included. @param rates the tax rate of each line, in percent. */
export function totalsOf(lines: PricedLine[], rates: readonly Decimal[]): SaleTotals {
  return {
    lines,
    subtotal: sum(lines.map((line) => line.subtotal)),
    discountTotal: sum(lines.map((line) => line.discount)),
    taxTotal: sum(lines.map((line) => line.tax)),
    total: sum(lines.map((line) => line.total)),
    grossTotal: sum(lines.map((line) => line.gross)),
    taxes: taxesOf(lines, rates),
  };
}

/** The tax table: all lines of a rate together, the lowest rate first. */
export function taxesOf(
  lines: readonly Pick<PricedLine, 'net' | 'tax'>[],
  rates: readonly Decimal[],
): TaxTotal[] {
  const byRate = new Map<string, TaxTotal>();
  lines.forEach(({ net, tax }, index) => {
    const rate = rates[index]!;
    const key = rate.toFixed();
    const known = byRate.get(key) ?? { rate, net: ZERO, tax: ZERO };
    byRate.set(key, { rate, net: known.net.plus(net), tax: known.tax.plus(tax) });
  });
  return [...byRate.values()].sort((a, b) => a.rate.comparedTo(b.rate));
}

/**
 * The tax in an amount, or on it.
 * @param amount as prices are quoted: with the tax where they include it.
 */
export function taxOf(terms: PricingTerms, amount: Decimal, rate: Decimal): Decimal {
  const base = terms.pricesIncludeTax ? HUNDRED.plus(rate) : HUNDRED;
  return roundMoney(amount.times(rate).dividedBy(base), terms.currency, terms.roundingMode);
}

function priceLine(terms: PricingTerms, rate: Decimal, subtotal: Decimal, discount: Decimal): PricedLine {
  const amount = subtotal.minus(discount);
  const tax = taxOf(terms, amount, rate);
  const net = terms.pricesIncludeTax ? amount.minus(tax) : amount;
  const gross = terms.pricesIncludeTax ? subtotal : subtotal.plus(taxOf(terms, subtotal, rate));
  return { subtotal, discount, net, tax, total: net.plus(tax), gross };
}

/** What a discount takes off an amount. */
function discountOf(
  terms: PricingTerms,
  discount: Discount | null | undefined,
  amount: Decimal,
  field: string,
): Decimal {
  const { percent, amount: off } = discount ?? {};
  if (percent == null && off == null) return ZERO;
  if (percent != null && off != null)
    throw badDiscount(field, 'A discount is a percentage or an amount, not both.');
  if (percent != null) {
    if (percent.isNegative() || percent.greaterThan(HUNDRED)) {
      throw badDiscount(`${field}.percent`, 'A discount is from 0 to 100 percent.');
    }
    return roundMoney(amount.times(percent).dividedBy(HUNDRED), terms.currency, terms.roundingMode);
  }
  if (off!.isNegative()) throw badDiscount(`${field}.amount`, 'A discount is not negative.');
  if (!roundMoney(off!, terms.currency).equals(off!)) {
    throw badDiscount(`${field}.amount`, `${terms.currency} does not have that many digits.`);
  }
  if (off!.greaterThan(amount)) {
    throw badDiscount(
      `${field}.amount`,
      `The discount of ${off!.toFixed()} is more than the ${amount.toFixed()} it is taken from.`,
    );
  }
  return off!;
}

function badDiscount(field: string, message: string): PosProError {
  return new PosProError('DISCOUNT_INVALID', message, {
    errors: [{ field, message, code: 'DISCOUNT_INVALID' }],
  });
}
