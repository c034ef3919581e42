/** Statistics by day, week and month against the daily reports and the orders themselves. */
import { graphql } from 'graphql';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { createBranch } from '#subgraphs/auth/branches';
import { refundOrder, partiallyRefundOrder } from '#subgraphs/orders/index';
import { averageSale } from '#subgraphs/orders/reports/average-sale.rules';
import { bestSellers } from '#subgraphs/orders/statistics/best-sellers';
import { changeInPercent, orderStats, type PeriodStats } from '#subgraphs/orders/statistics/order-stats';
import { subgraph } from '#subgraphs/orders/subgraph';
import { shippingQuotes } from '#subgraphs/shipping/index';
import { checkout } from '#subgraphs/pos/index';
import { dailySalesReport } from '#subgraphs/pos/reports/daily-sales-report';
import { openRegister, insertRegisters } from '#subgraphs/registers/index';
import { transact } from '#kernel/db/transact';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { recorded, statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';

const START = new Date('2026-01-28T10:00:00Z');
const HOUR_MS = 3_600_000;
let db: TestDatabase;
let clock: SettableClock;
let till: Till;
beforeAll(async () => {
  clock = new SettableClock(START);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(START);
  till = await openTill(db);
});
afterAll(() => db.close());

const sell = (sku: string, quantity: number | string, registerId = till.registerId) =>
  checkout(till.ctx, { registerId, items: [{ sku, quantity: amount(quantity) }], paymentMethod: 'cash' });
const text = (value: Decimal) => value.toFixed();

/** Opens a register in another branch, in another time zone. */
async function otherBranch(timeZone: string) {
  const { id: branchId } = await createBranch(till.ctx, { name: 'Harbour', timeZone });
  const registerId = till.ctx.ids.next();
  await transact(till.ctx, (tx) =>
    insertRegisters(tx, [{ id: registerId, branchId, name: 'Harbour 1', code: 'H1', currency: 'EUR' }]),
  );
  return { branchId, registerId };
}

/** A number from 0 to 1, exclusive, the same in each run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 16_807) % 2_147_483_647) / 2_147_483_647;
}

/** Sells and refunds on days of two months, with days without sales between them. */
async function randomDays(next: () => number): Promise<void> {
  const skus = ['TEA', 'BREAD', 'CHEESE', 'GIFT', 'DELIVERY'];
  for (let sales = 0; sales < 40; sales += 1) {
    clock.advance(Math.floor(next() * 60) * HOUR_MS);
    const sku = skus[Math.floor(next() * skus.length)]!;
    const off = next() < 0.3 ? { discount: { percent: amount(Math.ceil(next() * 30)) } } : {};
    const quantity = amount(sku === 'CHEESE' ? '0.125' : Math.ceil(next() * 4));
    const { order } = await checkout(till.ctx, {
      registerId: till.registerId,
      items: [
        { sku, quantity },
        { sku: 'TEA', quantity: amount(2) },
      ],
      paymentMethod: next() < 0.5 ? 'cash' : 'card',
      ...off,
    });
    clock.advance(Math.floor(next() * 5) * HOUR_MS);
    if (next() < 0.2) await refundOrder(till.ctx, order.id, { registerId: till.registerId });
    else if (next() < 0.3)
      await partiallyRefundOrder(till.ctx, order.id, {
        registerId: till.registerId,
        items: [{ itemId: order.lines[1]!.id, quantity: amount(1) }],
      });
  }
}

const countedFields = ['sales', 'returns'] as const;
const summedFields = ['unitsSold', 'unitsReturned', 'gross', 'discounts', 'refunds', 'net', 'tax'] as const;

function expectSums(whole: PeriodStats, parts: readonly PeriodStats[]): void {
  for (const field of countedFields)
    expect(whole.figures[field]).toBe(parts.reduce((total, { figures }) => total + figures[field], 0));
  for (const field of summedFields)
    expect(text(whole.figures[field])).toBe(text(sum(parts.map(({ figures }) => figures[field]))));
}

it.each([1, 2026])(
  'agree on random days with the daily reports, the orders and the best sellers (seed %s)',
  async (seed) => {
    await randomDays(random(seed));
    const to = (await dailySalesReport(till.ctx, {})).date;
    const from = '2026-01-28';
    const days = await orderStats(till.ctx, 'day', { from, to });
    expect(days.some(({ figures }) => figures.sales === 0)).toBe(true);
    for (const { period, figures } of days) {
      const { figures: day } = await dailySalesReport(till.ctx, { date: period.name });
      expect([figures.sales, figures.returns]).toEqual([day.sales, day.returns]);
      for (const field of ['unitsSold', 'unitsReturned', 'gross', 'discounts', 'refunds', 'net'] as const)
        expect(text(figures[field])).toBe(text(day[field]));
      expect(text(figures.tax)).toBe(text(sum(day.taxes.map(({ tax }) => tax))));
    }
    const orders = await till.ctx.db.one<{ net: Decimal; tax: Decimal; sales: number }>(sql`
    select sum(total - rounding) as net, sum(tax_total) as tax, count(*) filter (where kind = 'sale')::int as sales from orders`);
    expect(text(sum(days.map(({ figures }) => figures.net)))).toBe(text(orders.net));
    expect(text(sum(days.map(({ figures }) => figures.tax)))).toBe(text(orders.tax));
    expect(days.reduce((sales, { figures }) => sales + figures.sales, 0)).toBe(orders.sales);
    for (const unit of ['week', 'month'] as const) {
      const periods = await orderStats(till.ctx, unit, { from, to });
      for (const whole of periods)
        expectSums(
          whole,
          days.filter(({ period }) => whole.period.from <= period.from && period.from <= whole.period.to),
        );
      for (const [index, { previous }] of periods.slice(1).entries())
        expect(previous).toEqual(periods[index]!.figures);
    }
    const sellers = await bestSellers(till.ctx, { from, to, by: 'net_sales', size: 100 });
    expect(text(sum(sellers.map(({ netSales }) => netSales)))).toBe(text(orders.net));
  },
);

it('have a row of zeros for each day without sales, and compare with the period before', async () => {
  await sell('TEA', 2);
  clock.advance(48 * HOUR_MS);
  await sell('TEA', 1);
  const days = await orderStats(till.ctx, 'day', { from: '2026-01-28' });
  expect(
    days.map(({ period, figures, previous }) => [period.name, text(figures.net), text(previous.net)]),
  ).toEqual([
    ['2026-01-28', '7', '0'],
    ['2026-01-29', '0', '7'],
    ['2026-01-30', '3.5', '0'],
  ]);
  const [january] = await orderStats(till.ctx, 'month', { from: '2026-02-01', to: '2026-02-01' });
  expect([january!.period.name, text(january!.previous.net), january!.figures.sales]).toEqual([
    '2026-02',
    '10.5',
    0,
  ]);
});

it('cover thirty days, twelve weeks and twelve months by default', async () => {
  const names = async (unit: 'day' | 'week' | 'month') => {
    const periods = await orderStats(till.ctx, unit, {});
    return [periods.length, periods[0]!.period.name, periods.at(-1)!.period.name];
  };
  expect(await names('day')).toEqual([30, '2025-12-30', '2026-01-28']);
  expect(await names('week')).toEqual([12, '2025-W46', '2026-W05']);
  expect(await names('month')).toEqual([12, '2025-02', '2026-01']);
});

it('are of one branch or of all, each by its own clock', async () => {
  const { branchId, registerId } = await otherBranch('Pacific/Auckland');
  const harbour = till.inBranch(branchId);
  await openRegister(harbour, { registerId, openingFloat: amount(50) });
  clock.set(new Date('2026-01-31T22:30:00Z'));
  await sell('TEA', 1);
  await checkout(harbour, {
    registerId,
    items: [{ sku: 'DELIVERY', quantity: amount(1) }],
    paymentMethod: 'cash',
  });
  const months = async (choice: { branchId?: string }) =>
    (await orderStats(till.ctx, 'month', { ...choice, from: '2026-01-01' })).map(
      ({ period, figures, branchId: of }) => [of, period.name, text(figures.net)],
    );
  expect(await months({ branchId: till.branchId })).toEqual([[till.branchId, '2026-01', '3.5']]);
  expect(await months({ branchId })).toEqual([
    [branchId, '2026-01', '0'],
    [branchId, '2026-02', '4.9'],
  ]);
  // The present day of all branches is the latest one.
  expect(await months({})).toEqual([
    [null, '2026-01', '3.5'],
    [null, '2026-02', '4.9'],
  ]);
  expect(await bestSellers(till.ctx, { branchId })).toMatchObject([
    { rank: 1, sku: 'DELIVERY', name: 'Product DELIVERY' },
  ]);
});

it('reject an unknown branch, days in the wrong order and too many periods', async () => {
  const unknown = '0190a000-0000-7000-8000-000000000000';
  await expect(orderStats(till.ctx, 'day', { branchId: unknown })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
  const backwards = { from: '2026-01-02', to: '2026-01-01' };
  await expect(orderStats(till.ctx, 'week', backwards)).rejects.toMatchObject({ errors: [{ field: 'to' }] });
  expect(await orderStats(till.ctx, 'day', { from: '2024-01-01', to: '2024-12-31' })).toHaveLength(366);
  for (const [unit, from] of [
    ['day', '2023-12-31'],
    ['week', '2022-12-05'],
    ['month', '2019-12-31'],
  ] as const)
    await expect(orderStats(till.ctx, unit, { from, to: '2024-12-31' })).rejects.toMatchObject({
      errors: [{ field: 'from', code: 'TOO_LONG' }],
    });
});

it('read totals, and no orders', async () => {
  const { ctx, statements } = recorded(till.ctx);
  await orderStats(ctx, 'week', {});
  expect(statements.map((statement) => /from (\w+)/.exec(statement)?.[1]).sort()).toEqual([
    'branches',
    'order_day_totals',
  ]);
});

it('show another organization nothing', async () => {
  await sell('TEA', 1);
  const stranger = await openTill(db);
  const days = await orderStats(stranger.ctx, 'day', {});
  expect(days.every(({ figures }) => figures.sales === 0)).toBe(true);
  expect(await bestSellers(stranger.ctx, {})).toEqual([]);
  await expect(orderStats(stranger.ctx, 'day', { branchId: till.branchId })).rejects.toMatchObject({
    code: 'NOT_FOUND',
  });
});

it('are kept for five minutes', async () => {
  const schema = buildSubgraph(subgraph({ shippingQuotes }));
  const source =
    '{ orderStatsDaily(from: "2026-01-28") { period branchId currency salesCount netSales taxTotal averageSale netSalesChange } }';
  const ask = async () => {
    const { data, errors } = await graphql({ schema, source, contextValue: till.ctx });
    expect(errors).toBeUndefined();
    return (data as { orderStatsDaily: unknown[] }).orderStatsDaily;
  };
  await sell('TEA', 2);
  const first = [
    { period: '2026-01-28', branchId: null, currency: 'EUR', salesCount: 1, netSales: '7.00', taxTotal: '1.12', averageSale: '7.00', netSalesChange: null },
  ]; // prettier-ignore
  expect(await ask()).toEqual(first);
  await sell('TEA', 2);
  expect(await statementsOf(async () => expect(await ask()).toEqual(first))).toEqual([]);
  clock.advance(5 * 60_000);
  expect(await ask()).toMatchObject([{ salesCount: 2 }]);
});

it.each([
  ['110', '100', '10'],
  ['50', '150', '-66.67'],
  ['-10', '-20', '50'],
  ['10', '-10', '200'],
])('a change to %s from %s is %s percent', (now, before, change) => {
  expect(changeInPercent(amount(now), amount(before))?.toFixed()).toBe(change);
});

it('there is no change from nothing', () => {
  expect(changeInPercent(amount(5), amount(0))).toBeNull();
});

it('the average sale is rounded to the currency; without sales it is zero', () => {
  const terms = { currency: 'JPY', roundingMode: 'HALF_UP' as const };
  const sums = { gross: amount(1000), discounts: amount(0), sales: 3 };
  expect(text(averageSale(sums, terms))).toBe('333');
  expect(text(averageSale({ gross: amount(0), discounts: amount(0), sales: 0 }, terms))).toBe('0');
});
