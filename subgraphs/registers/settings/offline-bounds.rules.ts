/** What a sale made offline must keep within to be booked without somebody's release. Pure. */
import { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import type { OfflineBoundsInput } from '../inputs.generated';

export interface OfflineBounds {
  /** The most of one line, in pieces, kilograms, metres, square metres, litres or hours; as much in smaller units. */
  maxQuantity: Decimal;
  /** The lowest and the highest price of one, in percent of the catalogue's. */
  minPricePercent: Decimal;
  maxPricePercent: Decimal;
  /** The most that a sale comes to, or is paid with; in the organization's currency. */
  maxTotal: Decimal;
  /** How long ago it may have been sold, in days. */
  maxAgeDays: number;
}

/**
 * Currencies whose unit is worth little, by about how many of them make a dollar or a euro. A power of ten is enough for a bound
 * that is far from what a shop sells, and outlasts the rates of a year.
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
 * The usual bounds, for a large unit where no currency is known: far beyond what a shop sells, and far below what a wrong decimal point or a scanned code in a number makes.
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

/** The bounds with what was given in the place of what was there. */
export function mergeBounds(before: OfflineBounds, given: OfflineBoundsInput): OfflineBounds {
  const said = Object.entries(given).filter(([, value]) => value != null);
  return { ...before, ...(Object.fromEntries(said) as Partial<OfflineBounds>) };
}

const MAX_BOUND = 1_000_000_000_000;
const MAX_AGE_DAYS = 3_660;

/** What is wrong with each bound by itself. */
export function boundErrors({ maxAgeDays, ...bounds }: OfflineBoundsInput): FieldError[] {
  const faults: FieldError[] = Object.entries(bounds).flatMap(([name, bound]) => {
    if (bound == null || (!bound.isNegative() && bound.lessThanOrEqualTo(MAX_BOUND))) return [];
    return [{ field: `offline.${name}`, message: `Must be from 0 to ${MAX_BOUND}.`, code: 'OUT_OF_RANGE' }];
  });
  if (maxAgeDays != null && (maxAgeDays < 0 || maxAgeDays > MAX_AGE_DAYS)) {
    faults.push({
      field: 'offline.maxAgeDays',
      message: `Must be from 0 to ${MAX_AGE_DAYS}.`,
      code: 'OUT_OF_RANGE',
    });
  }
  return faults;
}

/** What is wrong with them together. */
export function priceRangeErrors({ minPricePercent, maxPricePercent }: OfflineBounds): FieldError[] {
  if (minPricePercent.lessThanOrEqualTo(maxPricePercent)) return [];
  const message = 'Must not be below the lowest price.';
  return [{ field: 'offline.maxPricePercent', message, code: 'OUT_OF_RANGE' }];
}
