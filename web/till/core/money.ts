/** Exact amounts. The API sends amounts as texts, and a till must never calculate with binary floats: 0.1 + 0.2 is not 0.3 there. */
import { Decimal } from 'decimal.js';

export { Decimal };

export const ZERO = new Decimal(0);
export const HUNDRED = new Decimal(100);

/** The rules of the shop that amounts follow. The till reads them from the API while it is online, and keeps them for offline sales. */
export interface TillTerms {
  /** ISO 4217. */
  readonly currency: string;
  /** Digits of the currency's minor unit: 2 for EUR, 0 for JPY. */
  readonly places: number;
  readonly roundingMode: 'HALF_UP' | 'HALF_EVEN';
  readonly pricesIncludeTax: boolean;
  /** Smallest coin, in the major unit: "0.05" in Switzerland; "0" if cash is not rounded. */
  readonly cashStep: string;
}

/** The part of the terms that rounding needs. */
export type Rounding = Pick<TillTerms, 'places' | 'roundingMode'>;

/** Sum of the amounts; zero for none. */
export function sum(amounts: readonly Decimal[]): Decimal {
  return amounts.reduce((total, amount) => total.plus(amount), ZERO);
}

/** Rounds to the currency's minor unit. */
export function round(terms: Rounding, amount: Decimal): Decimal {
  return amount.toDecimalPlaces(terms.places, modeOf(terms));
}

/** Rounds an amount of cash to the smallest coin. */
export function roundCash(terms: TillTerms, amount: Decimal): Decimal {
  const step = new Decimal(terms.cashStep);
  if (step.isZero()) return amount;
  return amount.dividedBy(step).toDecimalPlaces(0, modeOf(terms)).times(step);
}

/** The text that the API reads: "12.50" in EUR, "1250" in JPY. */
export function moneyText({ places }: Pick<Rounding, 'places'>, amount: Decimal): string {
  return amount.toFixed(places);
}

/**
 * Reads an amount that a person typed, with a point or a comma before the decimals.
 * @returns undefined for an empty or malformed text, and for more decimals than `places`.
 */
export function parseAmount(text: string, places: number): Decimal | undefined {
  const plain = text.trim().replace(',', '.');
  if (!/^\d{1,12}(\.\d*)?$|^\.\d+$/.test(plain)) return undefined;
  const amount = new Decimal(plain.startsWith('.') ? `0${plain}` : plain);
  return amount.decimalPlaces() <= places ? amount : undefined;
}

/**
 * Spreads an amount over weights, so that the parts sum to the whole: each part is rounded down to the minor unit, and the rest goes, a
 * minor unit each, to the parts with the largest remainders. Among equals the earlier wins. If all weights are zero, the first gets all.
 * @param amount rounded to the currency, not negative. @param weights none of them negative; at least one.
 */
export function allocate({ places }: Rounding, amount: Decimal, weights: readonly Decimal[]): Decimal[] {
  const total = sum(weights);
  if (total.isZero()) return weights.map((_, index) => (index === 0 ? amount : ZERO));
  const unit = new Decimal(10).pow(-places);
  const units = amount.dividedBy(unit);
  const exact = weights.map((weight) => units.times(weight).dividedBy(total));
  const parts = exact.map((share) => share.floor());
  const left = units.minus(sum(parts)).toNumber();
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share.minus(share.floor()) }))
    .sort((a, b) => b.remainder.comparedTo(a.remainder));
  for (const { index } of byRemainder.slice(0, left)) parts[index] = parts[index]!.plus(1);
  return parts.map((part) => part.times(unit));
}

function modeOf({ roundingMode }: Rounding): Decimal.Rounding {
  return roundingMode === 'HALF_EVEN' ? Decimal.ROUND_HALF_EVEN : Decimal.ROUND_HALF_UP;
}
