/**
 * Amounts as whole numbers of the currency's minor unit. Comparing hundreds of campaigns takes thousands of steps, for which `bigint` is
 * exact like `Decimal` and ten times faster.
 */
import { Decimal, ZERO } from '#kernel/decimal';
import { currencyExponent, type RoundingMode } from '#kernel/money';

/** The currency of a sale, and how it rounds. */
export interface MoneyTerms {
  readonly currency: string;
  readonly roundingMode: RoundingMode;
}

/** A decimal as a whole number of its last place. @param places not fewer than the decimal has. */
export function toWhole(value: Decimal, places: number): bigint {
  return BigInt(value.times(10 ** places).toFixed(0));
}

/** An amount in minor units. It is rounded to the currency. */
export function toUnits(amount: Decimal, { currency }: MoneyTerms): bigint {
  return toWhole(amount, currencyExponent(currency));
}

export function fromUnits(units: bigint, { currency }: MoneyTerms): Decimal {
  return units === 0n ? ZERO : new Decimal(`${units}e-${currencyExponent(currency)}`);
}

/** A quotient of numbers that are not negative, rounded to a whole number. */
export function divideRounded(dividend: bigint, divisor: bigint, { roundingMode }: MoneyTerms): bigint {
  const quotient = dividend / divisor;
  const twice = 2n * (dividend % divisor);
  if (twice === divisor)
    return roundingMode === 'HALF_EVEN' && quotient % 2n === 0n ? quotient : quotient + 1n;
  return twice > divisor ? quotient + 1n : quotient;
}

export function sumOf(values: readonly bigint[]): bigint {
  let total = 0n;
  for (const value of values) total += value;
  return total;
}

/**
 * Spreads an amount over weights like `allocate` of kernel/money.ts: by largest remainder, of equal ones the earlier; no part exceeds its
 * maximum. The maximums sum to the amount at least.
 */
export function spreadUnits(
  amount: bigint,
  weights: readonly bigint[],
  maximums: readonly bigint[],
): readonly bigint[] {
  if (weights.length === 1) return [amount];
  const total = sumOf(weights);
  if (total === 0n) return weights.map(() => 0n);
  const parts = weights.map((weight) => (amount * weight) / total);
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (amount * weight) % total }))
    .sort((a, b) => (a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1));
  let left = amount - sumOf(parts);
  for (let round = 0; left > 0n && round < weights.length; round += 1) {
    for (const { index } of byRemainder) {
      if (left === 0n) break;
      if (parts[index]! >= maximums[index]!) continue;
      parts[index] = parts[index]! + 1n;
      left -= 1n;
    }
  }
  return parts;
}
