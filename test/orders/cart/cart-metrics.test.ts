/** Conversion and abandonment of carts. */
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { cartMetrics } from '#subgraphs/orders/cart/cart-metrics.queries';
import { cartRates } from '#subgraphs/orders/cart/cart-metrics.rules';
import { carts, type NewCart } from '#subgraphs/orders/tables.generated';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { expectError, plain } from '#test/harness/values';

const NOW = new Date('2026-03-31T12:00:00Z');
const HOUR_MS = 3_600_000;
let db: TestDatabase;
let shop: Shop;
beforeAll(async () => (db = await testDatabase({ clock: new SettableClock(NOW) })));
beforeEach(async () => {
  shop = await openShop(db, {
    timeZone: 'Europe/Berlin',
    branches: [{ name: 'Main' }, { name: 'New York', timeZone: 'America/New_York' }],
  });
});
afterAll(() => db.close());

/** Carts that were opened and changed last two days ago, in the first branch, unless they are said to differ. */
async function insertCarts(count: number, more: Partial<NewCart> = {}): Promise<void> {
  const at = new Date(NOW.getTime() - 48 * HOUR_MS);
  const rows = Array.from({ length: count }, (): NewCart => ({
    id: shop.ctx.ids.next(),
    organizationId: shop.organizationId,
    branchId: shop.branchId,
    channel: 'web',
    codes: [],
    itemsCount: 1,
    createdAt: at,
    updatedAt: at,
    expiresAt: NOW,
    ...more,
    ...(more.status === 'checked_out' && { orderId: shop.ctx.ids.next() }),
    ...(more.status === 'merged' && { mergedIntoId: shop.ctx.ids.next() }),
  }));
  await transact(shop.ctx, (tx) => tx.run(carts.insertMany(rows)));
}

const metrics = async (choice: Parameters<typeof cartMetrics>[1] = {}) =>
  plain(await cartMetrics(shop.ctx, choice));

it('W6: counts 200 carts, 30 ordered and 12 in use: 15.0 % and 84.04 %', async () => {
  await insertCarts(30, { status: 'checked_out' });
  await insertCarts(12, { updatedAt: new Date(NOW.getTime() - HOUR_MS + 1) });
  await insertCarts(100);
  await insertCarts(58, { status: 'expired' });
  // Merged and emptied carts leave both sides.
  await insertCarts(7, { status: 'merged' });
  await insertCarts(9, { itemsCount: 0 });
  expect(await metrics()).toEqual({
    from: '2026-03-02',
    to: '2026-03-31',
    cartsCount: 200,
    ordersCount: 30,
    activeCartsCount: 12,
    abandonedCartsCount: 158,
    conversionRate: '15',
    abandonmentRate: '84.04',
  });
});

it('counts a cart as abandoned from the end of the time on', async () => {
  await insertCarts(1, { updatedAt: new Date(NOW.getTime() - HOUR_MS) });
  await insertCarts(1, { updatedAt: new Date(NOW.getTime() - HOUR_MS + 1) });
  expect(await metrics()).toMatchObject({
    activeCartsCount: 1,
    abandonedCartsCount: 1,
    abandonmentRate: '100',
  });
});

it('uses the days of the branch, and can be limited to branch and channel', async () => {
  const [, newYork] = shop.branchIds as [string, string];
  const lateEvening = new Date('2026-03-21T03:30:00Z');
  await insertCarts(1, { createdAt: lateEvening });
  await insertCarts(2, { createdAt: lateEvening, branchId: newYork, channel: 'marketplace' });
  const countOn = async (day: string, more = {}) =>
    (await metrics({ from: day, to: day, ...more })).cartsCount;
  expect([await countOn('2026-03-20'), await countOn('2026-03-21')]).toEqual([2, 1]);
  expect(await countOn('2026-03-20', { branchId: newYork })).toBe(2);
  expect(await countOn('2026-03-20', { channel: 'web' })).toBe(0);
  await expectError('NOT_FOUND', metrics({ branchId: shop.organizationId }));
  await expectError('VALIDATION_FAILED', metrics({ from: '2026-03-02', to: '2026-03-01' }));
  const other = await openShop(db);
  expect((await cartMetrics(other.ctx, {})).cartsCount).toBe(0);
});

it('has no rates without carts', async () => {
  expect(cartRates({ cartsCount: 0, ordersCount: 0, activeCartsCount: 0 })).toEqual({
    abandonedCartsCount: 0,
    conversionRate: null,
    abandonmentRate: null,
  });
  expect(cartRates({ cartsCount: 2, ordersCount: 0, activeCartsCount: 2 })).toMatchObject({
    abandonmentRate: null,
  });
  expect(await transact(shop.ctx, (tx) => tx.many(sql`select 1 from carts`))).toEqual([]);
});
