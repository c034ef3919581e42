/** The figures of a customer against sales and returns with known amounts. */
import { SettableClock } from '#kernel/clock';
import { customerStats, favouritesOf } from '#subgraphs/orders/customers/customer-stats';
import { partiallyRefundOrder, refundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount, codeOf } from '#test/harness/values';

const MORNING = new Date('2026-01-28T09:00:00Z');
const NEXT_DAY = new Date('2026-01-29T09:00:00Z');
let db: TestDatabase;
let clock: SettableClock;
let till: Till;
beforeAll(async () => {
  clock = new SettableClock(MORNING);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(MORNING);
  till = await openTill(db);
});
afterAll(() => db.close());

const sell = async (...items: [sku: string, quantity: string][]) => {
  const lines = items.map(([sku, quantity]) => ({ sku, quantity: amount(quantity) }));
  const input = { registerId: till.registerId, customerId: till.customerId, paymentMethod: 'card' as const };
  return (await checkout(till.ctx, { ...input, items: lines })).order;
};

it('counts sales, visits, refunds, and the average of a basket', async () => {
  // 2 × 3.50 + 2.99 = 9.99, 3.50 on the same day, and 10.00 on the next day.
  const first = await sell(['TEA', '2'], ['BREAD', '1']);
  clock.advance(3_600_000);
  await sell(['TEA', '1']);
  clock.set(NEXT_DAY);
  const last = await sell(['LAST', '1']);
  const { registerId } = till;
  const items = [{ itemId: first.lines[0]!.id, quantity: amount(1) }];
  await partiallyRefundOrder(till.ctx, first.id, { registerId, items });
  clock.advance(60_000);
  await refundOrder(till.ctx, last.id, { registerId });
  const stats = await customerStats(till.ctx, till.customerId);
  expect(JSON.parse(JSON.stringify(stats))).toEqual({
    customerId: till.customerId,
    currency: 'EUR',
    salesCount: 3,
    returnsCount: 2,
    visitsCount: 2,
    spent: '23.49',
    refunded: '13.5',
    lifetimeValue: '9.99',
    averageBasket: '7.83',
    firstSeenAt: MORNING.toISOString(),
    lastSeenAt: new Date(NEXT_DAY.getTime() + 60_000).toISOString(),
  });
  // The item of the next day was returned. Tea was bought in two sales: three, of which one came back.
  const favourites = await favouritesOf(till.ctx, stats);
  expect(JSON.parse(JSON.stringify(favourites))).toEqual([
    { ...till.items.TEA, name: 'Product TEA', salesCount: 2, quantity: '2', netSales: '7', currency: 'EUR' },
    {
      ...till.items.BREAD,
      name: 'Product BREAD',
      salesCount: 1,
      quantity: '1',
      netSales: '2.99',
      currency: 'EUR',
    },
  ]);
});

it('has zeros for a customer who bought nothing, and none for a stranger', async () => {
  const stats = await customerStats(till.ctx, till.customerId);
  expect(stats).toMatchObject({ salesCount: 0, visitsCount: 0, firstSeenAt: null, lastSeenAt: null });
  expect([stats.spent, stats.averageBasket].map(String)).toEqual(['0', '0']);
  expect(await favouritesOf(till.ctx, stats)).toEqual([]);
  const stranger = await openTill(db);
  expect(await codeOf(customerStats(stranger.ctx, till.customerId))).toBe('NOT_FOUND');
  expect(await codeOf(customerStats(till.ctx, 'no id'))).toBe('NOT_FOUND');
});
