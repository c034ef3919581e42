/**
 * Prices of a sale: pure functions over exact decimals. Each result is rounded to the currency, and the parts sum to the whole to
 * the minor unit.
 *
 * A line is quantity × unit price, rounded once. Discounts are subtracted next, in this order: the line's own, the reductions by
 * campaigns and codes, the line's share of the order's discount, which is spread by largest remainder over the amounts that remain,
 * and points. Tax is computed per line, last: as a part of the amount if prices include it, otherwise on top.
 */
import { groupBy } from '#kernel/collections';
import { type Decimal, HUNDRED, ZERO, sum } from '#kernel/decimal';
import { invariant } from '#kernel/errors';
import { allocate, formatMoney, roundMoney, type RoundingMode } from '#kernel/money';
import type { DiscountSource } from '../inputs.generated';
import type { GiftCardPurpose } from '../inputs.generated';
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

/** A discount whose share of each line is known. */
export interface Reduction {
  source: DiscountSource;
  /** The text that explains the discount, such as the name of a campaign; null for a discount that a person entered. */
  label: string | null;
  campaignId?: string | null | undefined;
  codeId?: string | null | undefined;
  /** One amount per line, not negative, rounded to the currency, quoted as prices are. */
  amounts: readonly Decimal[];
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
  /** Of a line that sells a gift card: no discount of the order reduces it, because it will pay as money does. */
  giftCardPurpose?: GiftCardPurpose | null | undefined;
}

/** A line with its price. */
export interface PricedLine {
  /** Quantity × unit price. */
  subtotal: Decimal;
  /** All discounts of the line. */
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
  /** Sum of the goods before any discount, with tax. Gift cards are not goods. */
  grossTotal: Decimal;
  /** Sum of the lines that sell gift cards, with tax; part of the total. */
  giftCardTotal: Decimal;
  /** By rate, the lowest first; without multi-purpose gift cards, which are not taxed when they are sold. */
  taxes: TaxTotal[];
  /** The discounts in the order in which they were subtracted, without those of nothing; their amounts of a line sum to its discount. */
  reductions: readonly Reduction[];
}

/**
 * Prices a sale.
 *
 * @param orderDiscount applies to the whole, after the lines' own discounts and the reductions by campaigns and codes.
 * @param reductions by campaigns, codes and points, in the order in which they are explained. Points are subtracted last. No reduction
 * may exceed the amount that remains of a line: the amounts of a first call without reductions say how much that is.
 * @returns the totals; or DISCOUNT_INVALID for each invalid discount, and for each that exceeds its amount.
 *
 * @example
 * calculateSale(terms, [{ quantity: 3, unitPrice: 2.5, taxRate: 19 }], { percent: 10 }).value.total // 6.75
 */
export function calculateSale(
  terms: PricingTerms,
  lines: readonly SaleLine[],
  orderDiscount?: Discount | null,
  reductions: readonly Reduction[] = [],
): Result<SaleTotals> {
  const round = (amount: Decimal) => roundMoney(amount, terms.currency, terms.roundingMode);
  const subtotals = lines.map((line) => round(line.quantity.times(line.unitPrice)));
  const lineIssues = lines.flatMap(({ discount }, index) =>
    discountIssues(terms, discount, subtotals[index]!, { field: `items.${index}.discount`, item: index }),
  );
  if (lineIssues.length > 0) return { issues: lineIssues };
  const lineDiscounts = lines.map((line, index) => discountAmount(terms, line.discount, subtotals[index]!));
  const before = [
    { source: 'line' as const, label: null, amounts: lineDiscounts },
    ...reductions.filter(({ source }) => source !== 'points'),
  ];
  const remaining = reduce(subtotals, before);
  const discountable = remaining.map((amount, index) => (lines[index]!.giftCardPurpose ? ZERO : amount));
  const issues = discountIssues(terms, orderDiscount, sum(discountable), { field: 'discount', item: null });
  if (issues.length > 0) return { issues };
  const orderAmount = discountAmount(terms, orderDiscount, sum(discountable));
  const shares = orderAmount.isZero() ? [] : allocate(orderAmount, discountable, terms.currency);
  const after = [
    { source: 'order' as const, label: null, amounts: shares },
    ...reductions.filter(({ source }) => source === 'points'),
  ];
  const amounts = reduce(remaining, after);
  const pricedLines = lines.map((line, index) =>
    priceLine(terms, line.taxRate, subtotals[index]!, subtotals[index]!.minus(amounts[index]!)),
  );
  return { value: totalsOf(pricedLines, lines, [...before, ...after].filter(hasAmount)) };
}

/** The amounts of the lines after the reductions. */
function reduce(amounts: readonly Decimal[], reductions: readonly Reduction[]): readonly Decimal[] {
  const applied = reductions.filter(hasAmount);
  if (applied.length === 0) return amounts;
  const remaining = amounts.map((amount, index) =>
    amount.minus(sum(applied.map((reduction) => reduction.amounts[index]!))),
  );
  invariant(
    remaining.every((amount) => !amount.isNegative() || amount.isZero()),
    'a reduction exceeds the amount of a line',
  );
  return remaining;
}

/** Whether a discount subtracts anything. */
export function hasAmount({ amounts }: Reduction): boolean {
  return amounts.some((amount) => !amount.isZero());
}

/** Totals of priced lines, also of a return. @param sold the tax rate of each line, and its purpose if it sells a gift card. */
export function totalsOf(
  lines: PricedLine[],
  sold: readonly TaxedLine[],
  reductions: readonly Reduction[],
): SaleTotals {
  const cards = lines.filter((_, index) => sold[index]!.giftCardPurpose);
  const goods = lines.filter((_, index) => !sold[index]!.giftCardPurpose);
  return {
    reductions,
    lines,
    subtotal: sum(lines.map((line) => line.subtotal)),
    discountTotal: sum(lines.map((line) => line.discount)),
    taxTotal: sum(lines.map((line) => line.tax)),
    total: sum(lines.map((line) => line.total)),
    grossTotal: sum(goods.map((line) => line.gross)),
    giftCardTotal: sum(cards.map((line) => line.total)),
    taxes: taxesOf(
      lines.map((line, index) => ({
        ...line,
        taxRate: sold[index]!.taxRate,
        giftCardPurpose: sold[index]!.giftCardPurpose,
      })),
    ),
  };
}

/** The part of a line that decides its tax. */
export interface TaxedLine {
  /** In percent. */
  readonly taxRate: Decimal;
  /** Of a line that sells a gift card. */
  readonly giftCardPurpose?: GiftCardPurpose | null | undefined;
}

/** The tax class of a part of an order, and its code, when it was sold; null without one. */
export interface SoldTaxClass {
  readonly taxClassId: string | null;
  readonly taxClass: string | null;
}

/** Of a part without a tax class. */
export const NO_TAX_CLASS: SoldTaxClass = { taxClassId: null, taxClass: null };

/** A part of an order with its tax. */
export type TaxedPart = Pick<PricedLine, 'net' | 'tax'> & TaxedLine;

/** Tax totals of the parts by tax class and rate. */
export function taxesByClass(parts: readonly (TaxedPart & SoldTaxClass)[]): (TaxTotal & SoldTaxClass)[] {
  const groups = groupBy(parts, ({ taxClassId, taxClass }) => `${taxClassId} ${taxClass}`);
  return [...groups.values()].flatMap((group) => {
    const { taxClassId, taxClass } = group[0]!;
    return taxesOf(group).map((total) => ({ ...total, taxClassId, taxClass }));
  });
}

/** Tax totals of the lines by rate, the lowest rate first. A multi-purpose gift card is not taxed when it is sold, at no rate. */
export function taxesOf(lines: readonly TaxedPart[]): TaxTotal[] {
  const byRate = new Map<string, TaxTotal>();
  for (const { net, tax, taxRate: rate, giftCardPurpose } of lines) {
    if (giftCardPurpose === 'multi_purpose') continue;
    const key = rate.toFixed();
    const total = byRate.get(key) ?? { rate, net: ZERO, tax: ZERO };
    byRate.set(key, { rate, net: total.net.plus(net), tax: total.tax.plus(tax) });
  }
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
