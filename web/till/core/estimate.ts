/**
 * The totals of a basket while the till is offline. They follow the rules of the server for lines, discounts and tax (a test compares
 * the two), but they are an estimate: campaigns, price lists and loyalty points are known only to the server. A sale is sent with the
 * total that the customer paid, and a difference becomes a conflict that a manager sees.
 */
import type { Discount } from './basket';
import { allocate, Decimal, HUNDRED, round, sum, ZERO, type TillTerms } from './money';

/** The part of a line that its price needs. */
export interface EstimatedLine {
  readonly quantity: string;
  readonly price: string;
  /** In percent. */
  readonly taxRate: string;
  readonly discount: Discount | null;
}

/** The amounts of a line. */
export interface LineAmounts {
  /** Quantity × price. */
  readonly subtotal: Decimal;
  /** The line's discount and its share of the basket's. */
  readonly discount: Decimal;
  readonly tax: Decimal;
  /** With tax. */
  readonly total: Decimal;
}

/** The amounts of a basket, before cash rounding. */
export interface Estimate {
  readonly lines: readonly LineAmounts[];
  readonly subtotal: Decimal;
  readonly discountTotal: Decimal;
  readonly taxTotal: Decimal;
  readonly total: Decimal;
}

/** The terms that prices need. */
export type PriceTerms = Pick<TillTerms, 'places' | 'roundingMode' | 'pricesIncludeTax'>;

/** Estimates the totals of a basket. A discount above the amount that it reduces is capped there, as the server does. */
export function estimate(
  terms: PriceTerms,
  lines: readonly EstimatedLine[],
  discount: Discount | null,
): Estimate {
  const subtotals = lines.map(({ quantity, price }) => round(terms, new Decimal(quantity).times(price)));
  const own = lines.map((line, index) => discountOf(terms, line.discount, subtotals[index]!));
  const remaining = subtotals.map((subtotal, index) => subtotal.minus(own[index]!));
  const order = discountOf(terms, discount, sum(remaining));
  const shares = order.isZero() ? remaining.map(() => ZERO) : allocate(terms, order, remaining);
  const priced = lines.map(({ taxRate }, index) => {
    const amount = remaining[index]!.minus(shares[index]!);
    const tax = taxOf(terms, amount, new Decimal(taxRate));
    return {
      subtotal: subtotals[index]!,
      discount: own[index]!.plus(shares[index]!),
      tax,
      total: terms.pricesIncludeTax ? amount : amount.plus(tax),
    };
  });
  return {
    lines: priced,
    subtotal: sum(priced.map((line) => line.subtotal)),
    discountTotal: sum(priced.map((line) => line.discount)),
    taxTotal: sum(priced.map((line) => line.tax)),
    total: sum(priced.map((line) => line.total)),
  };
}

function discountOf(terms: PriceTerms, discount: Discount | null, amount: Decimal): Decimal {
  if (discount === null) return ZERO;
  if ('percent' in discount) return round(terms, amount.times(discount.percent).dividedBy(HUNDRED));
  return Decimal.min(new Decimal(discount.amount), amount);
}

function taxOf(terms: PriceTerms, amount: Decimal, rate: Decimal): Decimal {
  const base = terms.pricesIncludeTax ? HUNDRED.plus(rate) : HUNDRED;
  return round(terms, amount.times(rate).dividedBy(base));
}
