/** Running totals of business days; test/pos/invariants.test.ts compares them after random days. */
import { sql } from '#kernel/db/database';
import { refundOrder } from '#subgraphs/orders/index';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { dailySalesReport } from '#subgraphs/pos/reports/daily-sales-report';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { openRegister } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { recorded, statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';
import { checkDays } from '#test/pos/day-figures';

let db: TestDatabase;
let till: Till;
let registerIds: string[];
beforeAll(async () => (db = await testDatabase({ poolSize: 10 })));
beforeEach(async () => {
  till = await openTill(db, { registers: 4 });
  registerIds = till.registers.map(({ id }) => id);
  for (const registerId of registerIds.slice(1))
    await openRegister(till.ctx, { registerId, openingFloat: amount(50) });
});
afterAll(() => db.close());

const basket = (registerId: string) => ({
  registerId,
  items: [
    { sku: 'TEA', quantity: amount(2) },
    { sku: 'CHEESE', quantity: amount('0.125') },
  ],
  paymentMethod: 'cash' as const,
});
const totalsOf = (table: 'order_day_totals' | 'order_day_taxes' | 'order_day_payments') => {
  const queries = {
    order_day_totals: sql`select count(*)::int as count from order_day_totals`,
    order_day_taxes: sql`select count(*)::int as count from order_day_taxes`,
    order_day_payments: sql`select count(*)::int as count from order_day_payments`,
  };
  return till.ctx.db.one<{ count: number }>(queries[table]).then(({ count }) => count);
};

it('are exact while several tills sell at once, and have few rows', async () => {
  const sales = registerIds.flatMap((registerId) => Array.from({ length: 6 }, () => registerId));
  const posted = await Promise.all(sales.map((registerId) => checkout(till.ctx, basket(registerId))));
  await Promise.all(
    posted.slice(0, 8).map(({ order }) => refundOrder(till.ctx, order.id, { registerId: till.registerId })),
  );
  expect(await checkDays(till)).toBe(1);
  // Four registers, two tax rates, one payment method; an hour may end meanwhile.
  expect(await totalsOf('order_day_totals')).toBeLessThanOrEqual(8);
  expect([await totalsOf('order_day_taxes'), await totalsOf('order_day_payments')]).toEqual([8, 4]);
});

it('belong to the day and hour of the sale, not of its arrival', async () => {
  await checkout(till.ctx, basket(till.registerId));
  const hoursAgo = (hours: number) => new Date(till.ctx.clock.now().getTime() - hours * 3_600_000);
  const results = await bookOfflineSales(
    till.ctx,
    [1, 25, 49, 50].map((hours) => ({
      ...basket(till.registerId),
      clientReference: till.ctx.ids.next(),
      createdAt: hoursAgo(hours),
    })),
  );
  expect(results.map(({ status }) => status)).toEqual(['created', 'created', 'created', 'created']);
  expect(await checkDays(till)).toBeGreaterThanOrEqual(3);
});

it('count refunds without a register', async () => {
  const { order } = await checkout(till.ctx, { ...basket(till.registerId), paymentMethod: 'card' });
  await refundOrder(till.ctx, order.id, { method: 'card' });
  await checkDays(till);
});

it('answer a report without reading its orders', async () => {
  await checkout(till.ctx, basket(till.registerId));
  const { ctx, statements } = recorded(till.ctx);
  await dailySalesReport(ctx, {});
  const tables = statements.map((text) => /from (\w+)/.exec(text)?.[1]);
  expect(tables.sort()).toEqual([
    'branches', 'offline_conflicts', 'order_day_payments', 'order_day_taxes', 'order_day_totals',
  ]); // prettier-ignore
});

it('change in a statement that a sale sends anyway', async () => {
  await checkout(till.ctx, basket(till.registerId));
  const statements = await statementsOf(() => checkout(till.ctx, basket(till.registerId)));
  const texts = statements.map(({ text }) => text).filter((text) => text.includes('order_day_'));
  expect(texts).toEqual([expect.stringContaining('insert into order_lines')]);
});
