/**
 * What a sale costs: pure functions over exact decimals. Every amount that comes out is rounded to the currency, and the parts
 * sum to the whole to the minor unit.
 *
 * A line is quantity × unit price, rounded once. Discounts come off next: the line's own, then the line's share of the order's,
 * spread by largest remainder over what the lines cost after their own discounts. Tax is taken per line, last: out of the amount
 * where prices include it, on top of it where they don't.
 */
import { type Decimal, HUNDRED, ZERO, sum } from '#kernel/decimal';
import { allocate, roundMoney, type RoundingMode } from '#kernel/money';
import type { Issue, Result } from '../issues.rules';

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
 * @returns the totals, or DISCOUNT_INVALID for each invalid discount, and for one that is more than it is taken from.
 *
 * @example
 * calculateSale(terms, [{ quantity: 3, unitPrice: 2.5, taxRate: 19 }], { percent: 10 }).value.total // 6.75
 */
export function calculateSale(
  terms: PricingTerms,
  lines: readonly SaleLine[],
  orderDiscount?: Discount | null,
): Result<SaleTotals> {
  const round = (amount: Decimal) => roundMoney(amount, terms.currency, terms.roundingMode);
  const subtotals = lines.map((line) => round(line.quantity.times(line.unitPrice)));
  const lineIssues = lines.flatMap(({ discount }, index) =>
    discountIssues(terms, discount, subtotals[index]!, { field: `items.${index}.discount`, item: index }),
  );
  if (lineIssues.length > 0) return { issues: lineIssues };
  const own = lines.map((line, index) => discountAmount(terms, line.discount, subtotals[index]!));
  const left = subtotals.map((subtotal, index) => subtotal.minus(own[index]!));
  const issues = discountIssues(terms, orderDiscount, sum(left), { field: 'discount', item: null });
  if (issues.length > 0) return { issues };
  const forAll = discountAmount(terms, orderDiscount, sum(left));
  const shares = forAll.isZero() ? left.map(() => ZERO) : allocate(forAll, left, terms.currency);
  const priced = lines.map((line, index) => {
    const discount = own[index]!.plus(shares[index]!);
    return priceLine(terms, line.taxRate, subtotals[index]!, discount);
  });
  const rates = lines.map((line) => line.taxRate);
  return { value: totalsOf(priced, rates) };
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

/** The part of an amount that a valid discount takes off. */
function discountAmount(
  terms: PricingTerms,
  discount: Discount | null | undefined,
  amount: Decimal,
): Decimal {
  if (discount?.percent != null) {
    const share = amount.times(discount.percent).dividedBy(HUNDRED);
    return roundMoney(share, terms.currency, terms.roundingMode);
  }
  return discount?.amount ?? ZERO;
}

/** @param amount what the discount is taken from. */
function discountIssues(
  { currency }: PricingTerms,
  discount: Discount | null | undefined,
  amount: Decimal,
  { field, item }: Pick<Issue, 'field' | 'item'>,
): Issue[] {
  const { percent, amount: off } = discount ?? {};
  const issue = (at: string, message: string): Issue[] => [
    { code: 'DISCOUNT_INVALID', message, item, field: at, reason: 'DISCOUNT_INVALID' },
  ];
  if (percent != null && off != null)
    return issue(field, 'A discount is a percentage or an amount, not both.');
  if (percent != null) {
    const valid = !percent.isNegative() && !percent.greaterThan(HUNDRED);
    return valid ? [] : issue(`${field}.percent`, 'A discount is from 0 to 100 percent.');
  }
  if (off == null) return [];
  if (off.isNegative()) return issue(`${field}.amount`, 'A discount is not negative.');
  if (!roundMoney(off, currency).equals(off))
    return issue(`${field}.amount`, `${currency} does not have that many digits.`);
  if (!off.greaterThan(amount)) return [];
  const message = `The discount of ${off.toFixed()} is more than the ${amount.toFixed()} it is taken from.`;
  return issue(`${field}.amount`, message);
}
