/** What the dashboard keeps of live sales. */
import fc from 'fast-check';
import type { SaleRowFragment } from '../../web/dashboard/operations.generated';
import {
  MINUTES,
  NO_SALES,
  ROWS,
  salesPerMinute,
  withOrder,
  type SalesState,
} from '../../web/dashboard/sales-state';

const START = Date.parse('2026-03-02T09:00:00Z');

const sale = (id: number, seconds: number, kind: 'sale' | 'return' = 'sale'): SaleRowFragment => ({
  id: String(id),
  number: `MAIN.1-${id}`,
  kind,
  channel: 'pos',
  total: '12.50',
  createdAt: new Date(START + seconds * 1000).toISOString(),
  branch: { id: 'b', name: 'Main' },
});

const after = (orders: readonly SaleRowFragment[]): SalesState =>
  orders.reduce((state, order) => withOrder(state, order, order.createdAt), NO_SALES);

it('keeps the newest rows, each once, and the minutes of the last quarter of an hour', () => {
  const order = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 7_200 }));
  fc.assert(
    fc.property(fc.array(order, { maxLength: 200 }), (given) => {
      const { rows, minutes } = after(given.map(([id, seconds]) => sale(id, seconds)));
      expect(rows.length).toBeLessThanOrEqual(ROWS);
      expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
      expect(
        [...rows].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1)).map(({ createdAt }) => createdAt),
      ).toEqual(rows.map(({ createdAt }) => createdAt));
      expect(minutes.size).toBeLessThanOrEqual(MINUTES);
    }),
  );
});

it('measures sales a minute, without returns, and falls to zero when none come', () => {
  const state = after([...Array.from({ length: 30 }, (_, at) => sale(at, at * 20)), sale(99, 100, 'return')]);
  const end = START + 10 * 60_000;
  expect(salesPerMinute(state.minutes, end)).toBe(30 / MINUTES);
  expect(salesPerMinute(state.minutes, end + 3_600_000)).toBe(0);
  expect(state.rows).toHaveLength(ROWS);
});

it('does not grow in weeks', () => {
  let state = NO_SALES;
  for (let at = 0; at < 20_000; at += 1) {
    const order = sale(at, at * 30);
    state = withOrder(state, order, order.createdAt);
  }
  expect([state.rows.length, state.minutes.size]).toEqual([ROWS, MINUTES]);
});
