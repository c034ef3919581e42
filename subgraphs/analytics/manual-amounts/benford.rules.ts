/**
 * Benford's law: of amounts that spread over orders of magnitude, 30 % begin with 1 and 5 % with 9; invented amounts rarely do. It says
 * nothing of few or similar amounts, such as prices of a shop, and a deviation has many innocent reasons. Pure.
 */
import type { ManualAmountVerdict } from '../inputs.generated';

export const DIGITS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Fewer amounts deviate by chance. */
export const MIN_AMOUNTS = 300;
/** Factor of ten that nine of ten amounts must spread over: to the second power. */
export const MIN_MAGNITUDES = 2;
/** Mean absolute deviation of the shares above which the digits do not conform (Nigrini, 2012). */
export const MAX_DEVIATION = 0.015;

/** First digits of amounts. */
export interface FirstDigits {
  /** Number of amounts by first digit, from 1 to 9. */
  readonly counts: readonly number[];
  /** Amounts below which 5 % and 95 % of them are. */
  readonly low: number;
  readonly high: number;
}

/** A comparison with Benford's law. */
export interface BenfordCheck {
  readonly count: number;
  /** Orders of magnitude between the two amounts; null without amounts. */
  readonly magnitudes: number | null;
  /** Mean absolute deviation of the shares; null without amounts. */
  readonly deviation: number | null;
  readonly verdict: ManualAmountVerdict;
}

/** The expected share of a first digit. */
export function expectedShare(digit: number): number {
  return Math.log10(1 + 1 / digit);
}

export function checkFirstDigits({ counts, low, high }: FirstDigits): BenfordCheck {
  const count = counts.reduce((sum, one) => sum + one, 0);
  if (count === 0) return { count, magnitudes: null, deviation: null, verdict: 'too_few' };
  const deviation =
    DIGITS.reduce((sum, digit) => sum + Math.abs(counts[digit - 1]! / count - expectedShare(digit)), 0) /
    DIGITS.length;
  const magnitudes = Math.log10(high / low);
  return { count, magnitudes, deviation, verdict: verdictOf({ count, magnitudes, deviation }) };
}

function verdictOf(of: { count: number; magnitudes: number; deviation: number }): ManualAmountVerdict {
  if (of.count < MIN_AMOUNTS) return 'too_few';
  if (of.magnitudes < MIN_MAGNITUDES) return 'too_narrow';
  return of.deviation > MAX_DEVIATION ? 'look_closer' : 'as_expected';
}
