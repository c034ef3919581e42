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

/** The sum of any number of decimals; zero for none. */
export function sum(values: Iterable<Decimal>): Decimal {
  let total = ZERO;
  for (const value of values) total = total.plus(value);
  return total;
}

/** The wire format of a quantity or a rate: plain digits, no trailing zeros ("2", "0.35"). */
export function formatDecimal(value: Decimal): string {
  return value.toFixed();
}
