/** The price and the tax rate of an item at a moment, from its schedule: a cached item is never sold at the price of another time. */
import { ONE, ZERO, type Decimal } from '#kernel/decimal';

/** A price of a price list that is in use. */
export interface ListedPrice {
  readonly price: Decimal;
  readonly minQuantity: Decimal;
  /** Milliseconds since 1970; null for no limit. The end is exclusive. */
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Empty: all branches. */
  readonly branchIds: readonly string[];
}

/** A tax rate, in percent, and the moment from which it applies, in milliseconds since 1970; null for the rate before all others. */
export interface DatedRate {
  readonly rate: Decimal;
  readonly fromMs: number | null;
}

/** The prices and tax rates of an item at all times. */
export interface PriceSchedule {
  /** The price without a price list. */
  readonly price: Decimal;
  /** In the order of precedence: the first price that applies wins. */
  readonly listedPrices: readonly ListedPrice[];
  /** The latest first. */
  readonly taxRates: readonly DatedRate[];
}

/** The circumstances that decide a price. */
export interface PriceQuery {
  /** Lowercase. */
  readonly branchId: string;
  readonly at: Date;
  /** A quantity below 1 has the price of 1. */
  readonly quantity: Decimal;
}

/**
 * The price of one unit: of the price lists that apply there and then, the one of the highest priority that has a price for the
 * quantity; otherwise the item's own price.
 */
export function unitPriceOf(schedule: PriceSchedule, { branchId, at, quantity }: PriceQuery): Decimal {
  const atMs = at.getTime();
  const units = quantity.lessThan(ONE) ? ONE : quantity;
  const applicable = schedule.listedPrices.find(
    ({ minQuantity, fromMs, toMs, branchIds }) =>
      (fromMs === null || fromMs <= atMs) &&
      (toMs === null || toMs > atMs) &&
      (branchIds.length === 0 || branchIds.includes(branchId)) &&
      minQuantity.lessThanOrEqualTo(units),
  );
  return applicable?.price ?? schedule.price;
}

/** The tax rate at a moment, in percent; zero without a tax class. */
export function taxRateOf({ taxRates }: PriceSchedule, at: Date): Decimal {
  const atMs = at.getTime();
  return taxRates.find(({ fromMs }) => fromMs === null || fromMs <= atMs)?.rate ?? ZERO;
}
