/**
 * Prices of a sale: pure functions over exact decimals. Each result is rounded to the currency, and the parts sum to the whole to
 * the minor unit.
 *
 * A line is quantity × unit price, rounded once. Discounts are subtracted next: the line's own, then the line's share of the
 * order's, spread by largest remainder over the lines after their own discounts. Tax is computed per line, last: as a part of the
 * amount if prices include it, otherwise on top.
 */
import { type Decimal, HUNDRED, ZERO, sum } from '#kernel/decimal';
import { allocate, formatMoney, roundMoney, type RoundingMode } from '#kernel/money';
import type { Issue, Result } from '../issues.rules';

/** Settings of the organization that the rules need. */
export interface PricingTerms {
  /** ISO 4217. */
  currency: string;
  roundingMode: RoundingMode;
  pricesIncludeTax: boolean;
}

/** Either a percentage of the price, 0 to 100, or an amount in the currency, quoted as prices are. */
export interface Discount {
  percent?: Decimal | null | undefined;
  amount?: Decimal | null | undefined;
}

/** A line to price. */
export interface SaleLine {
  /** Above zero, 3 places. */
  quantity: Decimal;
  /** Not negative, 4 places. */
  unitPrice: Decimal;
  /** In percent. */
  taxRate: Decimal;
  discount?: Discount | null | undefined;
}

/** A line with its price. */
export interface PricedLine {
  /** Quantity × unit price. */
  subtotal: Decimal;
  /** The line's own discount and its share of the order's. */
  discount: Decimal;
  net: Decimal;
  tax: Decimal;
  /** Net + tax. */
  total: Decimal;
  /** The line without any discount, with tax. */
  gross: Decimal;
}

/** The sums of one tax rate. */
export interface TaxTotal {
  /** In percent. */
  rate: Decimal;
  net: Decimal;
  tax: Decimal;
}

/** The totals of a sale, before cash rounding. */
export interface SaleTotals {
  lines: PricedLine[];
  /** Sum of the lines before any discount, as prices are quoted. */
  subtotal: Decimal;
  /** Sum of all discounts, quoted in the same way. */
  discountTotal: Decimal;
  taxTotal: Decimal;
  /** Subtotal − discounts, + tax if prices exclude it. */
  total: Decimal;
  /** Sum of the lines before any discount, with tax. */
  grossTotal: Decimal;
  /** By rate, the lowest first. */
  taxes: TaxTotal[];
}

/**
 * Prices a sale.
 *
 * @param orderDiscount applies to the whole, after the lines' own discounts.
 * @returns the totals; or DISCOUNT_INVALID for each invalid discount, and for each that exceeds its amount.
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
  const lineDiscounts = lines.map((line, index) => discountAmount(terms, line.discount, subtotals[index]!));
  const discounted = subtotals.map((subtotal, index) => subtotal.minus(lineDiscounts[index]!));
  const issues = discountIssues(terms, orderDiscount, sum(discounted), { field: 'discount', item: null });
  if (issues.length > 0) return { issues };
  const orderAmount = discountAmount(terms, orderDiscount, sum(discounted));
  const shares = orderAmount.isZero()
    ? discounted.map(() => ZERO)
    : allocate(orderAmount, discounted, terms.currency);
  const pricedLines = lines.map((line, index) => {
    const discount = lineDiscounts[index]!.plus(shares[index]!);
    return priceLine(terms, line.taxRate, subtotals[index]!, discount);
  });
  const rates = lines.map((line) => line.taxRate);
  return { value: totalsOf(pricedLines, rates) };
}

/** Totals of priced lines, also of a return. @param rates the tax rate of each line, in percent. */
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

/** Tax totals of the lines by rate, the lowest rate first. */
export function taxesOf(
  lines: readonly Pick<PricedLine, 'net' | 'tax'>[],
  rates: readonly Decimal[],
): TaxTotal[] {
  const byRate = new Map<string, TaxTotal>();
  lines.forEach(({ net, tax }, index) => {
    const rate = rates[index]!;
    const key = rate.toFixed();
    const total = byRate.get(key) ?? { rate, net: ZERO, tax: ZERO };
    byRate.set(key, { rate, net: total.net.plus(net), tax: total.tax.plus(tax) });
  });
  return [...byRate.values()].sort((a, b) => a.rate.comparedTo(b.rate));
}

/**
 * The tax in an amount, or on top of it.
 * @param amount as prices are quoted: with tax if they include it.
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

/** The amount that a valid discount subtracts. */
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

/** @param amount from which the discount is subtracted. */
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
    return issue(field, 'A discount must be a percentage or an amount, not both.');
  if (percent != null) {
    const valid = !percent.isNegative() && !percent.greaterThan(HUNDRED);
    return valid ? [] : issue(`${field}.percent`, 'A discount must be 0 to 100 percent.');
  }
  if (off == null) return [];
  if (off.isNegative()) return issue(`${field}.amount`, 'A discount must not be negative.');
  if (!roundMoney(off, currency).equals(off))
    return issue(`${field}.amount`, `${currency} does not have that many digits.`);
  if (!off.greaterThan(amount)) return [];
  const message = `The discount of ${formatMoney(off, currency)} ${currency} exceeds the amount of ${formatMoney(roundMoney(amount, currency), currency)} ${currency}.`;
  return issue(`${field}.amount`, message);
}
