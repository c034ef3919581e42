import { SettableClock } from '#kernel/clock';
import { refundOrder, partiallyRefundOrder } from '#subgraphs/orders/index';
import { bestSellers } from '#subgraphs/orders/statistics/best-sellers';
import { checkout } from '#subgraphs/pos/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { recorded } from '#test/harness/statements';
import { amount } from '#test/harness/values';

const START = new Date('2026-03-02T10:00:00Z');
let db: TestDatabase;
let clock: SettableClock;
let till: Till;
beforeAll(async () => {
  clock = new SettableClock(START);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(START);
  till = await openTill(db, {
    articles: [
      { sku: 'A', price: '1.00', stock: '100' },
      { sku: 'B', price: '2.00', stock: '100' },
      { sku: 'C', price: '2.00', stock: '100' },
      { sku: 'D', price: '50.00', stock: '100' },
    ],
  });
});
afterAll(() => db.close());

async function sell(...items: [sku: string, quantity: number][]) {
  const { order } = await checkout(till.ctx, {
    registerId: till.registerId,
    items: items.map(([sku, quantity]) => ({ sku, quantity: amount(quantity) })),
    paymentMethod: 'cash',
  });
  return order;
}

const ranking = async (choice: Parameters<typeof bestSellers>[1] = {}) =>
  (await bestSellers(till.ctx, choice)).map(
    ({ rank, sku, quantity, netSales }) => `${rank} ${sku} ${quantity.toFixed()} ${netSales.toFixed()}`,
  );

it('ranks products by quantity or by net sales', async () => {
  await sell(['A', 5], ['B', 3], ['D', 1]);
  expect(await ranking()).toEqual(['1 A 5 5', '2 B 3 6', '3 D 1 50']);
  expect(await ranking({ by: 'net_sales' })).toEqual(['1 D 1 50', '2 B 3 6', '3 A 5 5']);
  expect(await ranking({ size: 1 })).toEqual(['1 A 5 5']);
});

it('keeps equals in a stable order: the other measure, then the product created first', async () => {
  await sell(['C', 2], ['B', 2], ['A', 2]);
  expect(await ranking()).toEqual(['1 B 2 4', '2 C 2 4', '3 A 2 2']);
  await sell(['A', 2]);
  expect(await ranking({ by: 'net_sales' })).toEqual(['1 A 4 4', '2 B 2 4', '3 C 2 4']);
});

it('subtracts returns, on the day of the return, and leaves out what only came back', async () => {
  const order = await sell(['A', 5], ['B', 3]);
  await partiallyRefundOrder(till.ctx, order.id, {
    registerId: till.registerId,
    items: [{ itemId: order.lines[0]!.id, quantity: amount(4) }],
  });
  expect(await ranking()).toEqual(['1 B 3 6', '2 A 1 1']);
  clock.advance(24 * 3_600_000);
  await refundOrder(till.ctx, order.id, { registerId: till.registerId });
  expect(await ranking()).toEqual([]);
  expect(await ranking({ to: '2026-03-02' })).toEqual(['1 B 3 6', '2 A 1 1']);
  expect(await ranking({ from: '2026-03-03' })).toEqual([]);
});

it('counts net sales after discounts', async () => {
  await checkout(till.ctx, {
    registerId: till.registerId,
    items: [
      { sku: 'D', quantity: amount(1) },
      { sku: 'A', quantity: amount(50) },
    ],
    discount: { amount: amount(10) },
    paymentMethod: 'cash',
  });
  expect(await ranking({ by: 'net_sales' })).toEqual(['1 A 50 45', '2 D 1 45']);
});

it('rejects a size out of range, and more than a year', async () => {
  for (const size of [0, 101])
    await expect(bestSellers(till.ctx, { size })).rejects.toMatchObject({ errors: [{ field: 'size' }] });
  await expect(bestSellers(till.ctx, { from: '2025-03-01' })).rejects.toMatchObject({
    errors: [{ field: 'from', code: 'TOO_LONG' }],
  });
});

it('reads totals of days, and no orders', async () => {
  await sell(['A', 1]);
  const { ctx, statements } = recorded(till.ctx);
  await bestSellers(ctx, {});
  expect(statements).toHaveLength(3);
  expect(statements.filter((statement) => /order_lines|from orders/.test(statement))).toEqual([]);
});
