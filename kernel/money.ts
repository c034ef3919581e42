/**
 * Money as pure functions. Amounts are exact decimals in the currency's major unit; every stored amount is
 * already rounded to
 * the currency's own exponent, a unit price to four places. Nothing here touches a binary float.
 */
import { Decimal, ZERO, sum, withPlaces } from './decimal';
import { invariant } from './errors';
import { historicCurrency } from './historic-currencies';
import { isoCurrency } from './iso-currencies';

/** The rounding of a half: away from zero (commercial), or to the even neighbour (banker's). */
export type RoundingMode = 'HALF_UP' | 'HALF_EVEN';

/** A unit price keeps four places, whatever the currency. */
export const UNIT_PRICE_PLACES = 4;
/** A quantity keeps three places: grams of a kilogram, millilitres of a litre. */
export const QUANTITY_PLACES = 3;

const exponents = new Map<string, number>();

/**
 * The number of minor digits of an ISO 4217 currency: 2 for EUR, 0 for JPY, 3 for KWD. Tax offices and card
 * networks use ISO; the runtime's CLDR data drops minor units that are out of use, and answers only for codes
 * that ISO has withdrawn: an organization may still have amounts in one.
 */
export function currencyExponent(currency: string): number {
  let exponent = exponents.get(currency);
  if (exponent === undefined) {
    exponent = (isoCurrency(currency) ?? historicCurrency(currency))?.exponent ?? cldrExponent(currency);
    exponents.set(currency, exponent);
  }
  return exponent;
}

function cldrExponent(currency: string): number {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency });
  return format.resolvedOptions().maximumFractionDigits ?? 2;
}

function decimalRounding(mode: RoundingMode): Decimal.Rounding {
  return mode === 'HALF_EVEN' ? Decimal.ROUND_HALF_EVEN : Decimal.ROUND_HALF_UP;
}

/** Rounds an amount to what the currency can express. */
export function roundMoney(amount: Decimal, currency: string, mode: RoundingMode = 'HALF_UP'): Decimal {
  return amount.toDecimalPlaces(currencyExponent(currency), decimalRounding(mode));
}

/**
 * Rounds a cash total to the smallest coin in use, for example 0.05 in Switzerland.
 * @param step the smallest coin in the major unit; zero leaves the amount as it is.
 */
export function roundToStep(amount: Decimal, step: Decimal, mode: RoundingMode = 'HALF_UP'): Decimal {
  if (step.isZero()) return amount;
  return amount.dividedBy(step).toDecimalPlaces(0, decimalRounding(mode)).times(step);
}

/** The wire format of an amount: "12.50" in EUR, "1250" in JPY. */
export function formatMoney(amount: Decimal, currency: string): string {
  const exponent = currencyExponent(currency);
  const text = withPlaces(amount, exponent);
  const point = text.indexOf('.');
  const places = point < 0 ? 0 : text.length - point - 1;
  if (places > exponent) invariant(false, `${text} ${currency} was not rounded before it left`);
  return text;
}

/** The wire format of a unit price: at least the currency's own digits, up to four ("9.90", "0.0125"). */
export function formatUnitPrice(price: Decimal, currency: string): string {
  return withPlaces(price, currencyExponent(currency));
}

/**
 * Spreads an amount over weights so that the parts sum to the whole, to the minor unit: each part is rounded
 * down, and the rest goes, a minor unit each, to the parts with the largest remainders (the Hamilton method);
 * among equals the earlier wins.
 * If all weights are zero the first part gets everything.
 *
 * @param amount rounded to the currency; may be negative.
 * @param weights none negative.
 */
export function allocate(amount: Decimal, weights: readonly Decimal[], currency: string): Decimal[] {
  invariant(weights.length > 0, 'an amount was spread over nothing');
  invariant(
    weights.every((weight) => !weight.isNegative() || weight.isZero()),
    'a weight is negative',
  );
  const total = sum(weights);
  if (total.isZero()) return weights.map((_, index) => (index === 0 ? amount : ZERO));
  const unit = new Decimal(10).pow(-currencyExponent(currency));
  const units = amount.abs().dividedBy(unit);
  invariant(units.isInteger(), `${amount.toFixed()} ${currency} has a fraction of the minor unit`);
  const exact = weights.map((weight) => units.times(weight).dividedBy(total));
  const parts = exact.map((share) => share.floor());
  let left = units.minus(sum(parts)).toNumber();
  const byRemainder = exact
    .map((share, index) => ({ index, remainder: share.minus(share.floor()) }))
    .sort((a, b) => b.remainder.comparedTo(a.remainder));
  for (const { index } of byRemainder) {
    if (left === 0) break;
    parts[index] = parts[index]!.plus(1);
    left -= 1;
  }
  const sign = amount.isNegative() ? -1 : 1;
  return parts.map((part) => (part.isZero() ? ZERO : part.times(unit).times(sign)));
}
