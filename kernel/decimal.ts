import { Decimal } from 'decimal.js';

export { Decimal };

/** The input types of a decimal. Numbers are read by their shortest decimal text, never as binary floats. */
export type DecimalInput = Decimal | string | number;

export const ZERO = new Decimal(0);
export const ONE = new Decimal(1);
export const HUNDRED = new Decimal(100);

const DECIMAL_TEXT = /^[+-]?(\d+(\.\d*)?|\.\d+)$/;

/**
 * Reads a decimal that a caller sent.
 *
 * @returns undefined if the text is not a plain decimal (exponents, blanks, `NaN` and `Infinity` are rejected)
 * or has more than 30 digits, more than any NUMERIC column.
 */
export function parseDecimal(value: unknown): Decimal | undefined {
  if (Decimal.isDecimal(value)) return value.isFinite() ? value : undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? new Decimal(value) : undefined;
  if (typeof value !== 'string' || value.length > 32 || !DECIMAL_TEXT.test(value)) return undefined;
  return new Decimal(value);
}

/** Number of decimals kept by their texts; a few megabytes. */
const KEPT = 16_384;
const kept = new Map<string, Decimal>();
/** The key of the text of a decimal that was read from the database. */
const TEXT = Symbol('the text as PostgreSQL wrote it');

/**
 * Reads a decimal that PostgreSQL wrote. Decimals never change and the same amounts recur, so equal texts share one object, which keeps
 * its text: most amounts are only written out again, and that then needs no calculation.
 */
export function storedDecimal(text: string): Decimal {
  const known = kept.get(text);
  if (known) return known;
  const decimal = new Decimal(text);
  if (decimal.isFinite()) Object.defineProperty(decimal, TEXT, { value: text });
  if (kept.size >= KEPT) kept.clear();
  kept.set(text, decimal);
  return decimal;
}

/** The sum of any number of decimals; zero for none. */
export function sum(values: Iterable<Decimal>): Decimal {
  let total = ZERO;
  for (const value of values) total = total.plus(value);
  return total;
}

/** The wire format of a quantity or a rate: plain digits, no trailing zeros ("2", "0.35"). */
export function formatDecimal(value: Decimal): string {
  return withPlaces(value, 0);
}

/** Plain digits with at least so many decimal places, and more where the value has them ("2.50", "0.0125"). */
export function withPlaces(value: Decimal, places: number): string {
  const { [TEXT]: stored } = value as Decimal & { [TEXT]?: string };
  if (stored === undefined) return value.toFixed(Math.max(places, value.decimalPlaces()));
  const point = stored.indexOf('.');
  if (point < 0) return places === 0 ? stored : `${stored}.${'0'.repeat(places)}`;
  const shortest = point + 1 + places;
  if (stored.length < shortest) return stored.padEnd(shortest, '0');
  let end = stored.length;
  while (end > shortest && stored.endsWith('0', end)) end -= 1;
  return stored.slice(0, end === point + 1 ? point : end);
}
