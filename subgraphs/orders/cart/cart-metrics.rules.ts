/** The rates of carts. Pure. */
import { Decimal, HUNDRED } from '#kernel/decimal';

/** Carts with at least one line; those that were merged are not counted. */
export interface CartCounts {
  cartsCount: number;
  /** Those that became an order. */
  ordersCount: number;
  /** Those that are still in use. */
  activeCartsCount: number;
}

/** Rates in percent, with two places; null without carts. */
export interface CartRates {
  abandonedCartsCount: number;
  conversionRate: Decimal | null;
  abandonmentRate: Decimal | null;
}

/**
 * Conversion is orders per cart. Abandonment is the share of those carts whose customers have gone: a cart that is still in use may
 * yet become an order, so it is on neither side.
 *
 * @example
 * cartRates({ cartsCount: 200, ordersCount: 30, activeCartsCount: 12 }); // 158 abandoned, 15 % and 84.04 %
 */
export function cartRates({ cartsCount, ordersCount, activeCartsCount }: CartCounts): CartRates {
  const abandonedCartsCount = cartsCount - ordersCount - activeCartsCount;
  return {
    abandonedCartsCount,
    conversionRate: percentOf(ordersCount, cartsCount),
    abandonmentRate: percentOf(abandonedCartsCount, cartsCount - activeCartsCount),
  };
}

function percentOf(part: number, whole: number): Decimal | null {
  if (whole === 0) return null;
  return new Decimal(part).times(HUNDRED).dividedBy(whole).toDecimalPlaces(2, Decimal.ROUND_HALF_UP);
}
