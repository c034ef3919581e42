/** Limits of offline sales: a sale beyond one of them is held until a manager releases it. */
import { withoutNull } from '#kernel/collections';
import { rangeErrors } from '#kernel/validation';
import { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import type { OfflineBoundsInput } from '../inputs.generated';

/** All limits; the input may have some of them. */
export type OfflineBounds = {
  [Name in keyof OfflineBoundsInput]-?: NonNullable<OfflineBoundsInput[Name]>;
};

/**
 * Currencies with a small unit, by the approximate number of units in a dollar or a euro. A power of ten is precise enough for a
 * limit that is far above what a shop sells, and outlasts the exchange rates of a year.
 */
const SMALL_UNITS: readonly (readonly [factor: number, currencies: string])[] = [
  [
    100,
    'AFN ALL AMD AOA BDT CLP CRC CVE DJF DOP DZD ETB GMD GYD HTG HUF INR ISK JMD JPY KES KGS KMF KZT LKR LRD MKD MZN NPR PHP PKR RSD RUB SDG SOS VUV XAF XOF XPF YER',
  ],
  [1_000, 'ARS BIF CDF COP IQD KHR KPW KRW MGA MMK MNT MWK NGN RWF SSP TZS UGX'],
  [10_000, 'GNF IDR LAK PYG SYP UZS VND'],
  [100_000, 'IRR LBP'],
];

const FACTORS: ReadonlyMap<string, number> = new Map(
  SMALL_UNITS.flatMap(([factor, currencies]) =>
    currencies.split(' ').map((currency) => [currency, factor] as const),
  ),
);

/**
 * The default limits; without a currency those of a large unit. They are far above what a shop sells, and far below the result of a
 * wrong decimal point or of a barcode scanned into a number.
 *
 * @example
 * defaultOfflineBounds('EUR').maxTotal // 1000000
 * defaultOfflineBounds('JPY').maxTotal // 100000000
 */
export function defaultOfflineBounds(currency = ''): OfflineBounds {
  return {
    maxQuantity: new Decimal(1_000),
    minPricePercent: new Decimal(10),
    maxPricePercent: new Decimal(1_000),
    maxTotal: new Decimal(1_000_000).times(FACTORS.get(currency) ?? 1),
    maxAgeDays: 31,
  };
}

/** Replaces the limits that the input has. */
export function mergeBounds(before: OfflineBounds, input: OfflineBoundsInput): OfflineBounds {
  return { ...before, ...withoutNull(input) };
}

const MAX_BOUND = 1_000_000_000_000;
const MAX_AGE_DAYS = 3_660;

/** The errors of each limit by itself. */
export function boundErrors({ maxAgeDays, ...bounds }: OfflineBoundsInput): FieldError[] {
  const errors: FieldError[] = Object.entries(bounds).flatMap(([name, bound]) => {
    if (bound == null || (!bound.isNegative() && bound.lessThanOrEqualTo(MAX_BOUND))) return [];
    return [{ field: `offline.${name}`, message: `Must be from 0 to ${MAX_BOUND}.`, code: 'OUT_OF_RANGE' }];
  });
  if (maxAgeDays != null) errors.push(...rangeErrors('offline.maxAgeDays', maxAgeDays, 0, MAX_AGE_DAYS));
  return errors;
}

/** The errors of the limits together. */
export function priceRangeErrors({ minPricePercent, maxPricePercent }: OfflineBounds): FieldError[] {
  if (minPricePercent.lessThanOrEqualTo(maxPricePercent)) return [];
  const message = 'Must not be below the lowest price.';
  return [{ field: 'offline.maxPricePercent', message, code: 'OUT_OF_RANGE' }];
}
