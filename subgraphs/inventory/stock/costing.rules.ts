/**
 * Weighted-average cost, per variant and warehouse (IAS 2, paragraph 27: the cost of each item is the average of the goods on hand and
 * the goods that come in). move-stock.ts has the same formula in SQL, because a level is changed in the database; a test compares the
 * two.
 */
import { Decimal, ZERO, sum } from '#kernel/decimal';

/** An average cost keeps six places: the value of a large level must not drift by rounding. */
export const COST_PLACES = 6;

/** A level, reduced to what the formula needs. */
export interface CostedLevel {
  onHand: Decimal;
  /** Per unit, in the currency's major unit. */
  averageCost: Decimal;
}

/** Goods that come in with a known cost. */
export interface Lot {
  /** Greater than zero. */
  quantity: Decimal;
  /** Per unit. */
  unitCost: Decimal;
}

/**
 * The average cost after lots have come in as one event. Goods that go out never change the average.
 *
 * Below zero there are no units whose cost could be averaged in: the units already sold have taken their cost with them, so the lots
 * alone make the new average.
 *
 * @example
 * averageAfter({ onHand: 10, averageCost: 2 }, [{ quantity: 10, unitCost: 4 }]) // 3
 */
export function averageAfter(level: CostedLevel, lots: readonly Lot[]): Decimal {
  const received = sum(lots.map((lot) => lot.quantity));
  if (received.isZero()) return level.averageCost;
  const present = Decimal.max(level.onHand, ZERO);
  const value = present
    .times(level.averageCost)
    .plus(sum(lots.map((lot) => lot.quantity.times(lot.unitCost))));
  return value.dividedBy(present.plus(received)).toDecimalPlaces(COST_PLACES, Decimal.ROUND_HALF_UP);
}
