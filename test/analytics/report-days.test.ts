/** Stored days of reports: they answer as the orders do, a change of a day removes it, and the nightly comparison finds what differs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { SettableClock } from '#kernel/clock';
import { systemContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { customerAcquisition, customerRetention } from '#subgraphs/analytics/customers/cohorts';
import { cashFlow } from '#subgraphs/analytics/finance/cash-flow/cash-flow';
import { allPostings } from '#subgraphs/analytics/finance/journal/postings.queries';
import { profitAndLoss } from '#subgraphs/analytics/finance/profit-loss/profit-and-loss';
import { financeRange } from '#subgraphs/analytics/finance/range/finance-range';
import { salesForecast } from '#subgraphs/analytics/forecast/sales-forecast';
import { checkReportDays, removeReportDays, storeReportDays } from '#subgraphs/analytics/index';
import { topProducts, trendingProducts } from '#subgraphs/analytics/products/product-sales';
import { openDays } from '#subgraphs/analytics/report-days/report-days.queries';
import { keepReportDays } from '#subgraphs/analytics/report-days/report-days.worker';
import { salesReport } from '#subgraphs/analytics/sales/sales-report';
import { updateBranch } from '#subgraphs/auth/index';
import { adjustStock } from '#subgraphs/inventory/stock/adjustments';
import { partiallyRefundOrder } from '#subgraphs/orders/refunds/refunds';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';

const FIRST = '2026-01-28';
const LAST = '2026-03-04';
const NOW = new Date('2026-03-07T10:00:00Z');
let db: TestDatabase;
let clock: SettableClock;
let till: Till;
let organizationId: string;
beforeAll(async () => {
  clock = new SettableClock(new Date(`${FIRST}T10:00:00Z`));
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(new Date(`${FIRST}T10:00:00Z`));
  till = await openTill(db, {
    articles: [
      { sku: 'CUP', price: '11.90', stock: '1000', cost: '6', tax: '19' },
      { sku: 'POT', price: '40.00', stock: '1000', cost: '9', tax: '7' },
      { sku: 'WRAP', price: '3.00', service: true, tax: '0' },
    ],
  });
  organizationId = (till.ctx.actor as { organizationId: string }).organizationId;
  await tradeUntil(LAST);
  clock.set(NOW);
});
afterAll(() => db.close());

const sell = (items: Record<string, number>, more: object = {}) => {
  const lines = Object.entries(items).map(([sku, quantity]) => ({ sku, quantity: amount(quantity) }));
  return checkout(till.ctx, { registerId: till.registerId, items: lines, paymentMethod: 'cash', ...more });
};

/** Sales with and without a customer, tips, a discount, a return, a loss: on days of three months, some of them without any. */
async function tradeUntil(last: string): Promise<void> {
  const days = [FIRST, '2026-01-29', '2026-02-02', '2026-02-03', '2026-02-28', '2026-03-01', last];
  for (const [index, day] of days.entries()) {
    clock.set(new Date(`${day}T12:00:00Z`));
    const { order } = await sell({ CUP: 1 + index, WRAP: 1 }, { customerId: till.customerId });
    await sell({ POT: 2 }, { tip: { amount: amount('1.50'), method: 'card' }, paymentMethod: 'card' });
    if (index % 3 === 1)
      await partiallyRefundOrder(till.ctx, order.id, {
        items: [{ itemId: order.lines[0]!.id, quantity: amount(1) }],
        registerId: till.registerId,
      });
    if (index % 3 === 2) await adjustStock(till.ctx, { sku: 'POT', quantity: amount(-1), reason: 'damage' });
  }
}

/** The answers of reports of ended days. */
async function endedAnswers(): Promise<unknown[]> {
  const ctx = systemContext(db.services, organizationId, { address: 'test' });
  const days = { from: FIRST, to: LAST };
  const range = await financeRange(ctx, days);
  return [
    await salesReport(ctx, 'day', days),
    await salesReport(ctx, 'week', { from: '2026-02-02', to: '2026-03-01' }),
    await salesReport(ctx, 'month', { from: FIRST, to: '2026-02-28', compareTo: 'previous_year' }),
    await topProducts(ctx, { ...days, by: 'revenue', size: 10 }),
    await topProducts(ctx, { from: '2026-02-03', to: '2026-03-02', by: 'units', channel: 'pos', size: 10 }),
    await customerAcquisition(ctx, { from: FIRST, to: '2026-02-28' }),
    await customerAcquisition(ctx, { from: FIRST, to: '2026-02-28', by: 'branch' }),
    await cashFlow(ctx, { from: '2026-02-01', to: '2026-02-28' }),
    await profitAndLoss(ctx, { from: '2026-02-01', to: '2026-02-28' }),
    await profitAndLoss(ctx, { ...days, branchId: till.branchId }),
    await allPostings(ctx.reports, range, 1_000),
  ];
}

/** The answers of reports with the present day, or of all periods until then. */
async function presentAnswers(): Promise<unknown[]> {
  const ctx = systemContext(db.services, organizationId, { address: 'test' });
  const days = { from: FIRST, to: '2026-03-07' };
  return [
    await salesReport(ctx, 'week', days),
    await salesReport(ctx, 'month', days),
    await salesReport(ctx, 'year', days),
    await salesForecast(ctx, { horizon: 7 }),
    await topProducts(ctx, { ...days, by: 'units', size: 10 }),
    await topProducts(ctx, { ...days, by: 'revenue', size: 10, branchId: till.branchId }),
    await trendingProducts(ctx, { days: 17, size: 10 }),
    await trendingProducts(ctx, { days: 3, size: 1 }),
    await customerRetention(ctx, days),
    await customerRetention(ctx, { ...days, granularity: 'week' }),
    await customerAcquisition(ctx, days),
    await cashFlow(ctx, days),
    await profitAndLoss(ctx, days),
  ];
}

const answers = async () =>
  JSON.parse(JSON.stringify([await endedAnswers(), await presentAnswers()])) as unknown;

const storedDays = async (part = 'orders') =>
  (
    await till.ctx.db.many<{ day: string }>(
      sql`select business_date::text as day from report_days where part = ${part} and stored_at is not null order by 1`,
    )
  ).map(({ day }) => day);

it('computes no days before the first one of the shop and more than a year after the last one, whatever a caller asks for', async () => {
  const ctx = systemContext(db.services, organizationId, { address: 'test' });
  const always = { from: '0001-01-01', to: '9999-12-31' };
  const orders = await openDays(ctx.db, 'orders', always);
  // A movement may belong to the day before or after its date in UTC.
  expect([orders[0], orders.at(-1), orders.length]).toEqual(['2026-01-27', '2027-03-06', 404]);
  const customers = await openDays(ctx.db, 'customers', always);
  expect([customers[0], customers.at(-1), customers.length]).toEqual([FIRST, '2027-03-05', 402]);
  expect((await cashFlow(ctx, { from: '9999-12-31', to: '9999-12-31' })).opening).toEqual(
    (await cashFlow(ctx, { from: FIRST, to: LAST })).closing,
  );
});

it('answers as the orders do, before, between and after the days are stored', async () => {
  const scanned = await answers();
  await storeReportDays(db.services, organizationId);
  expect((await storedDays()).at(-1)).toBe('2026-03-05');
  expect(await answers()).toEqual(scanned);
  await transact(till.ctx, (tx) =>
    tx.run(
      sql`delete from report_days where business_date in ('2026-02-02', '2026-02-28') or part = 'customers' and business_date > '2026-02-10'`,
    ),
  );
  expect(await answers()).toEqual(scanned);
  await removeReportDays(db.services, organizationId);
  expect(await answers()).toEqual(scanned);
});

it('reads no order, line, movement or running total of a stored day', async () => {
  await storeReportDays(db.services, organizationId);
  const SCANNED =
    /(from|join) (orders|order_lines|stock_movements|order_day_totals|order_day_items|order_day_customers)\b/;
  const ended = await statementsOf(endedAnswers);
  // The days that are not stored are looked up by an index.
  expect(ended.filter(({ text }) => !text.includes('generate_series') && SCANNED.test(text))).toEqual([]);
  const OPEN_ITEMS = /order_day_items t\s+where true and t\.business_date = any\(\$(\d+)/g;
  const scannedDays = (await statementsOf(presentAnswers))
    // Stored sums of goods are read by their days, too.
    .flatMap(({ text, values }) =>
      /report_(day|period)_items/.test(text)
        ? [...text.matchAll(OPEN_ITEMS)].map(([, parameter]) => values[Number(parameter) - 1])
        : values,
    )
    .filter(
      (value): value is string[] => Array.isArray(value) && /^\d{4}-\d{2}-\d{2}$/.test(String(value[0])),
    );
  // The days to come until the end of a year have nothing to scan.
  expect(scannedDays.flat().sort()[0]).toBe('2026-03-06');
});

it('removes a day on which a late sale is booked, and every later day of its customer', async () => {
  await storeReportDays(db.services, organizationId);
  const days = await storedDays();
  clock.set(new Date('2026-02-02T15:00:00Z'));
  await sell({ CUP: 1 }, { customerId: till.customerId });
  clock.set(NOW);
  expect(await storedDays()).toEqual(days.filter((day) => day !== '2026-02-02'));
  const customers = sql`select max(business_date)::text as last from report_days where part = 'customers'`;
  // The customer had bought on that day before.
  expect(await till.ctx.db.one(customers)).toEqual({ last: '2026-03-05' });
  clock.set(new Date('2026-02-04T15:00:00Z'));
  await sell({ CUP: 1 }, { customerId: till.customerId });
  clock.set(NOW);
  expect(await till.ctx.db.one(customers)).toEqual({ last: '2026-02-03' });
  const scanned = await answers();
  expect(await storeReportDays(db.services, organizationId)).toBeGreaterThan(2);
  expect(await answers()).toEqual(scanned);
});

it('stores weeks and months whose days are all stored, and again after a day of them has changed', async () => {
  await storeReportDays(db.services, organizationId);
  const weeks = ['2026-02-02', '2026-02-09', '2026-02-16', '2026-02-23'];
  expect([await storedDays('week'), await storedDays('month')]).toEqual([weeks, ['2026-02-01']]);
  const soldPots = async () =>
    (
      await till.ctx.db.many<{ units: number }>(sql`
        select t.quantity::float8 as units from report_period_items t join variants v on v.product_id = t.product_id
        where v.sku = 'POT' and t.business_date between '2026-02-01' and '2026-02-02' order by t.unit`)
    ).map(({ units }) => units);
  // Of February and of its first whole week: two pots on each of three days and of two days.
  expect(await soldPots()).toEqual([6, 4]);
  clock.set(new Date('2026-02-02T15:00:00Z'));
  await sell({ POT: 1 });
  clock.set(NOW);
  const scanned = await answers();
  await storeReportDays(db.services, organizationId);
  expect([await storedDays('week'), await storedDays('month')]).toEqual([weeks, ['2026-02-01']]);
  expect(await soldPots()).toEqual([7, 5]);
  expect(await answers()).toEqual(scanned);
});

it('stores no day before the changes that had begun are committed, and so misses none', async () => {
  const writer = new Client(db.services.config.databaseUrl);
  await writer.connect();
  await writer.query('begin');
  await writer.query(
    `update order_day_totals set net = net + 1 where organization_id = $1 and business_date = '2026-02-02'`,
    [organizationId],
  );
  const storing = storeReportDays(db.services, organizationId);
  await sleep(300);
  expect(await storedDays()).toEqual([]);
  await writer.query('commit');
  await writer.end();
  await storing;
  expect((await storedDays())[0]).toBe('2026-01-27');
  expect(await checkReportDays(db.services, organizationId, { from: FIRST, to: LAST })).toEqual([]);
});

it('removes all days of orders when a branch moves to another time zone', async () => {
  await storeReportDays(db.services, organizationId);
  await updateBranch(till.ctx, till.branchId, { timeZone: 'Asia/Tokyo' });
  expect(await storedDays()).toEqual([]);
});

it('compares stored days once a night, reports those that differ, and stores them again', async () => {
  await keepReportDays(db.services);
  const range = { from: FIRST, to: LAST };
  expect(await checkReportDays(db.services, organizationId, range)).toEqual([]);
  const scanned = await answers();
  await db.services.database.system.run(
    sql`update report_day_lines set revenue = revenue + 0.01 where business_date = '2026-03-01'`,
  );
  await db.services.database.system.run(
    sql`update report_day_newcomers set customers = customers + 1 where business_date = ${FIRST}::date`,
  );
  await db.services.database.system.run(
    sql`update report_period_items set quantity = quantity + 1 where unit = 'month'`,
  );
  const differences = [
    { table: 'report_day_newcomers', day: FIRST },
    { table: 'report_day_lines', day: '2026-03-01' },
    { table: 'report_period_items', day: '2026-02-01' },
  ];
  expect(await checkReportDays(db.services, organizationId, range)).toEqual(differences);
  await storeReportDays(db.services, organizationId);
  expect(await checkReportDays(db.services, organizationId, range)).toEqual([]);
  expect(await answers()).toEqual(scanned);
  // The check of this night was made above; that of the next one finds and mends the difference by itself.
  await db.services.database.system.run(
    sql`update report_day_sales set gross = 0 where business_date = '2026-03-01'`,
  );
  await keepReportDays(db.services);
  expect(await answers()).not.toEqual(scanned);
  clock.set(new Date('2026-03-08T03:00:00Z'));
  await keepReportDays(db.services);
  clock.set(NOW);
  expect(await answers()).toEqual(scanned);
});
