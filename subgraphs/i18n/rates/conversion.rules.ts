/** Converts amounts by exchange rates: multiplies first, divides once, and rounds once at the end. Pure. */
import { Decimal } from '#kernel/decimal';
import { historicCurrency } from '#kernel/historic-currencies';
import type { ExchangeRateRow } from '../tables.generated';

/** The rate of two currencies on a day: one unit of `base` is worth `rate` units of `quote`. */
export interface Quotation extends Pick<ExchangeRateRow, 'base' | 'quote' | 'rate'> {
  /** The day for which the rate was published or set. */
  readonly date: string;
  readonly source: ExchangeRateRow['source'] | 'fixed';
}

/** Quotations by their pair. */
export type Quotations = ReadonlyMap<string, Quotation>;

/** The currency through which most rates are published. */
const EURO = 'EUR';

/** Digits enough that the rounding of a division cannot reach the digits of an amount. */
const Exact = Decimal.clone({ precision: 60 });

/** Significant digits of a rate that is shown; conversions do not round it. */
const SHOWN_DIGITS = 12;

/** The name of a pair: both codes in the order of the alphabet. */
export function pairOf(one: string, other: string): string {
  return one < other ? `${one}/${other}` : `${other}/${one}`;
}

/**
 * The ways from one currency to another, the preferred one first: directly, through the euro, and through the organization's currency.
 *
 * @example
 * conversionPaths('USD', 'PLN', 'CHF') // [['USD', 'PLN'], ['USD', 'EUR', 'PLN'], ['USD', 'CHF', 'PLN']]
 */
export function conversionPaths(from: string, to: string, ownCurrency: string): string[][] {
  if (from === to) return [[from]];
  const through = [...new Set([EURO, ownCurrency])].filter((code) => code !== from && code !== to);
  return [[from, to], ...through.map((code) => [from, code, to])];
}

/** The pairs of a way. */
export function pairsOf(path: readonly string[]): string[] {
  return path.slice(1).map((code, index) => pairOf(path[index]!, code));
}

/** The fixed rate of the euro and a currency that became it; undefined for other pairs, and before that day. */
export function fixedQuotation(pair: string, date: string): Quotation | undefined {
  const codes = pair.split('/');
  if (!codes.includes(EURO)) return undefined;
  const quote = codes.find((code) => code !== EURO);
  const { perEuro, until } = historicCurrency(quote ?? '') ?? {};
  if (quote === undefined || perEuro === undefined || until === undefined || date < until) return undefined;
  return { base: EURO, quote, rate: new Decimal(perEuro), date: until, source: 'fixed' };
}

/** One step of a conversion. */
export interface ConversionLeg extends Quotation {
  readonly from: string;
  readonly to: string;
}

/** The first way whose rates are all known; undefined if there is none. */
export function findLegs(
  paths: readonly string[][],
  quotations: Quotations,
): { path: string[]; legs: ConversionLeg[] } | undefined {
  for (const path of paths) {
    const legs = path.slice(1).flatMap((to, index) => {
      const from = path[index]!;
      const quotation = quotations.get(pairOf(from, to));
      return quotation ? [{ ...quotation, from, to }] : [];
    });
    if (legs.length === path.length - 1) return { path, legs };
  }
  return undefined;
}

/** An amount after all steps, not yet rounded to the currency: one division, however many steps there are. */
export function convertExactly(amount: Decimal, legs: readonly ConversionLeg[]): Decimal {
  let product: Decimal = new Exact(amount);
  let divisor: Decimal = new Exact(1);
  for (const { from, base, rate } of legs) {
    if (from === base) product = product.times(rate);
    else divisor = divisor.times(rate);
  }
  return product.dividedBy(divisor);
}

/** The rate of all steps together, for people: one unit in units of the last currency, with at most 12 digits. */
export function shownRate(legs: readonly ConversionLeg[]): Decimal {
  return convertExactly(new Decimal(1), legs).toSignificantDigits(SHOWN_DIGITS);
}

/** The source of all steps together. `none` without a step. */
export function sourceOf(legs: readonly ConversionLeg[]): Quotation['source'] | 'mixed' | 'none' {
  const sources = new Set(legs.map(({ source }) => source));
  // A fixed rate is not a matter of trust: it says nothing about the source of the others.
  if (sources.size > 1) sources.delete('fixed');
  return sources.size > 1 ? 'mixed' : ([...sources][0] ?? 'none');
}

/** The day of the oldest published rate among the steps; of fixed rates only if there are no others. Undefined without a step. */
export function rateDateOf(legs: readonly ConversionLeg[]): string | undefined {
  const published = legs.filter(({ source }) => source !== 'fixed');
  return (published.length > 0 ? published : legs).map(({ date }) => date).sort()[0];
}
