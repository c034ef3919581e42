/** The newest rows and the counts by minute of live sales, for the screen. It does not grow, however many sales come. */
import { withNewest } from './latest';
import type { SaleRowFragment } from './operations.generated';

/** Sales that are shown. */
export const ROWS = 12;
/** Minutes over which the speed of sales is measured. */
export const MINUTES = 15;

const MINUTE_MS = 60_000;

export interface SalesState {
  readonly rows: readonly SaleRowFragment[];
  /** Sales by minute since 1970, of the last minutes alone. */
  readonly minutes: ReadonlyMap<number, number>;
  /** The moment of the last event. */
  readonly at: string | undefined;
}

export const NO_SALES: SalesState = { rows: [], minutes: new Map(), at: undefined };

/** The state after an order. Returns are shown, and not counted. Pure. */
export function withOrder(state: SalesState, order: SaleRowFragment, at: string): SalesState {
  const rows = withNewest(state.rows, [order], ROWS);
  if (order.kind !== 'sale') return { ...state, rows, at };
  const minute = Math.floor(Date.parse(order.createdAt) / MINUTE_MS);
  const newest = Math.max(minute, ...state.minutes.keys());
  const minutes = new Map([...state.minutes].filter(([one]) => one > newest - MINUTES));
  if (minute > newest - MINUTES) minutes.set(minute, (minutes.get(minute) ?? 0) + 1);
  return { rows, minutes, at };
}

/** Sales a minute over the last minutes. Pure. @param now milliseconds since 1970. */
export function salesPerMinute(minutes: ReadonlyMap<number, number>, now: number): number {
  const present = Math.floor(now / MINUTE_MS);
  let sum = 0;
  for (const [minute, count] of minutes) if (minute > present - MINUTES) sum += count;
  return sum / MINUTES;
}
