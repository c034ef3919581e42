/** Reports over GraphQL's operations: figures agree with those of orders, and customers with published cohorts. */
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { ZERO } from '#kernel/decimal';
import { customerAcquisition, customerRetention } from '#subgraphs/analytics/customers/cohorts';
import { customerLifetimeValue } from '#subgraphs/analytics/customers/lifetime-value';
import { rfmScores } from '#subgraphs/analytics/customers/rfm-scores.queries';
import { segmentOf } from '#subgraphs/analytics/customers/rfm.rules';
import { customerSegments } from '#subgraphs/analytics/customers/segments';
import { scoredCustomers } from '#subgraphs/analytics/customers/segments.queries';
import { salesForecast } from '#subgraphs/analytics/forecast/sales-forecast';
import { manualAmounts } from '#subgraphs/analytics/manual-amounts/manual-amounts';
import { topProducts, trendingProducts } from '#subgraphs/analytics/products/product-sales';
import { salesReport } from '#subgraphs/analytics/sales/sales-report';
import { refundOrder } from '#subgraphs/orders/index';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { dayFigures } from '#subgraphs/orders/reports/daily-figures.queries';
import { orderStats } from '#subgraphs/orders/statistics/order-stats';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { moveCash } from '#subgraphs/registers/cash/cash-movements';
import { insertCustomerDays } from '#test/analytics/customer-days';
import { available, purchaseDays } from '#test/analytics/published-data';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount, codeOf, fieldCodeOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
beforeAll(async () => (db = await testDatabase()));
beforeEach(async () => {
  till = await openTill(db, {
    articles: [
      { sku: 'CUP', price: '11.90', stock: '1000', cost: '6', tax: '19' },
      { sku: 'POT', price: '40.00', stock: '1000', cost: '9', tax: '7' },
      { sku: 'WRAP', price: '3.00', service: true, tax: '0' },
    ],
  });
});
afterAll(() => db.close());

const sell = async (items: Record<string, number>, customerId?: string) => {
  const lines = Object.entries(items).map(([sku, quantity]) => ({ sku, quantity: amount(quantity) }));
  const sale = { registerId: till.registerId, items: lines, paymentMethod: 'card' as const };
  return (await checkout(till.ctx, { ...sale, ...(customerId ? { customerId } : {}) })).order;
};
const at = (moment: string): RequestContext => ({ ...till.ctx, clock: { now: () => new Date(moment) } });
const onData = available ? it : it.skip;

describe('A sales report', () => {
  it('has the figures of order statistics and of the daily report, and their margin', async () => {
    await sell({ CUP: 2, WRAP: 1 }, till.customerId);
    const sale = await sell({ POT: 1 });
    await refundOrder(till.ctx, sale.id, { method: 'card' });
    const items = [{ sku: 'CUP', quantity: amount(1) }];
    await createOrder(till.ctx, { channel: 'web', items, status: 'confirmed' });
    const report = await salesReport(till.ctx, 'day', {});
    const { sums } = report.total;
    const [stats] = (await orderStats(till.ctx, 'month', { from: report.to })).slice(-1);
    const day = await dayFigures(till.ctx.db, { branchId: till.branchId, date: report.to });
    for (const figures of [stats!.figures, day]) {
      expect(sums.orders).toMatchObject({ sales: figures.sales, returns: figures.returns });
      expect(sums.orders!.gross).toEqual(figures.gross);
      expect(sums.orders!.refunds).toEqual(figures.refunds);
      expect(sums.netSales).toEqual(figures.net);
    }
    expect(sums.tax).toEqual(stats!.figures.tax);
    // Cups: 3 × 10.00 net; those of the web order have no cost until they are sent, the wrap has none at all.
    expect([sums.net, sums.cost, sums.uncostedNet].map(Number)).toEqual([33, 12, 13]);
    expect(sums.customers).toBe(1);
    expect(report.points).toHaveLength(30);
    expect(report.points.map(({ complete }) => complete)).toEqual([...Array.from({ length: 29 }, () => true), false]); // prettier-ignore
    expect([report.growth, Number(report.previous!.sums.netSales)]).toEqual([null, 0]);
    expect(report.definition).toContain('Net sales = gross sales − discounts − refunds');
  });

  it('by channel, cashier and product adds up to the whole', async () => {
    await sell({ CUP: 2, WRAP: 1 });
    await createOrder(till.ctx, {
      channel: 'web',
      items: [{ sku: 'POT', quantity: amount(1) }],
      status: 'confirmed',
    });
    const net = async (choice: Parameters<typeof salesReport>[2]) =>
      Number((await salesReport(till.ctx, 'week', choice)).total.sums.netSales);
    const all = await net({});
    expect(all).toBe(66.8);
    expect((await net({ channel: 'pos' })) + (await net({ channel: 'web' }))).toBe(all);
    const products = [...new Set(Object.values(till.items).map(({ productId }) => productId))];
    const parts = await Promise.all(products.map((productId) => net({ productId })));
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(all, 10);
    expect(await net({ cashierId: till.ctx.ids.next() })).toBe(0);
    const goods = (await salesReport(till.ctx, 'year', { productId: products[0]!, channel: 'pos' })).total
      .sums;
    expect([goods.orders, goods.customers]).toEqual([null, null]);
  });

  it('rejects unknown references and too many periods', async () => {
    const id = till.ctx.ids.next();
    for (const choice of [{ branchId: id }, { categoryId: id }, { productId: id }, { cashierId: 'x' }])
      expect(await codeOf(salesReport(till.ctx, 'day', choice))).toBe('NOT_FOUND');
    const long = { from: '2020-01-01', to: '2026-01-01' };
    expect(await fieldCodeOf(salesReport(till.ctx, 'day', long))).toBe('TOO_LONG');
    const none = await salesReport(till.ctx, 'month', { compareTo: 'none' });
    expect([none.previous, none.comparedFrom, none.growth]).toEqual([null, null, null]);
  });
});

describe('Products', () => {
  it('are ranked by revenue, units or margin', async () => {
    await sell({ CUP: 5, POT: 1, WRAP: 9 });
    const by = async (measure: 'revenue' | 'units' | 'margin') =>
      (await topProducts(till.ctx, { by: measure, size: 5 })).map(({ sku }) => sku);
    expect(await by('revenue')).toEqual(['CUP', 'POT', 'WRAP']);
    expect(await by('units')).toEqual(['WRAP', 'CUP', 'POT']);
    // The wrap has no known cost: no margin is made up for it.
    expect(await by('margin')).toEqual(['POT', 'CUP']);
    const reader = till.as(['reports:read']);
    expect(await codeOf(topProducts(reader, { by: 'margin', size: 5 }))).toBe('FORBIDDEN');
    expect(await fieldCodeOf(topProducts(till.ctx, { by: 'units', size: 0 }))).toBe('INVALID');
  });

  it('that changed are listed by how sure the change is', async () => {
    await sell({ CUP: 25, WRAP: 5 });
    const tomorrow = new Date(till.ctx.clock.now().getTime() + 86_400_000).toISOString();
    const trends = await trendingProducts(at(tomorrow), { days: 7, size: 5 });
    expect(trends.map(({ sku, significant }) => [sku, significant])).toEqual([
      ['CUP', true],
      ['WRAP', false],
    ]);
    expect(trends[1]).toMatchObject({ change: null, before: ZERO });
    expect(trends[1]!.pValue.toNumber()).toBe(0.0625);
    expect(await fieldCodeOf(trendingProducts(till.ctx, { days: 0, size: 5 }))).toBe('INVALID');
  });
});

describe('Customers', () => {
  onData('A4, A5: CDNOW has its published scores and cohorts', async () => {
    await insertCustomerDays(till, purchaseDays());
    const scored = await scoredCustomers(till.ctx.db, '1998-06-30');
    const countsOf = (of: 'r' | 'f' | 'm') =>
      [1, 2, 3, 4, 5].map((score) =>
        scored.filter((group) => group[of] === score).reduce((count, group) => count + group.customers, 0),
      );
    expect(countsOf('f')).toEqual([1_218, 0, 403, 358, 378]);
    expect(countsOf('r')).toEqual([482, 471, 463, 470, 471]);
    expect(countsOf('m')).toEqual([481, 462, 472, 471, 471]);
    const group = (score: number) => scored.find(({ r, f, m }) => r === score && f === score && m === score);
    expect([group(5)!.customers, group(1)!.customers]).toEqual([233, 177]);
    const report = await customerSegments(till.ctx, { asOf: '1998-06-30' });
    expect(report.segments.reduce((count, { customers }) => count + customers, 0)).toBe(2_357);
    const { cohorts } = await customerRetention(at('1998-06-30T12:00:00Z'), {
      granularity: 'month',
      from: '1997-01-01',
      to: '1997-03-31',
    });
    expect(cohorts.map(({ size }) => size)).toEqual([781, 857, 719]);
    const cells = (cohort: number) => cohorts[cohort]!.cells.map(({ customers }) => customers);
    expect(cells(0).slice(0, 6)).toEqual([124, 95, 70, 65, 77, 65]);
    expect(cells(1).slice(0, 6)).toEqual([134, 110, 75, 77, 75, 61]);
    expect(cells(2).slice(0, 6)).toEqual([87, 84, 78, 63, 64, 55]);
    // Months that have not begun are unknown, not zero.
    expect([cells(1).slice(16), cells(2).slice(15)]).toEqual([[null], [null, null]]);
    expect(cohorts[0]!.cells.at(-1)).toMatchObject({ offset: 17, complete: false });
    const values = await customerLifetimeValue(at('1998-06-30T12:00:00Z'), {
      horizonMonths: 12,
      discountRate: amount('0.01'),
      size: 5,
    });
    expect(values).toMatchObject({ method: 'bg_nbd_gamma_gamma', fittedOn: 2_357 });
    expect(values.parameters.map(({ name }) => name)).toEqual(['r', 'alpha', 'a', 'b', 'p', 'q', 'v']);
    expect(values.customers).toHaveLength(5);
    // The second request, for another time ahead, reads no sample and so fits nothing again.
    const again = () =>
      customerLifetimeValue(at('1998-06-30T12:30:00Z'), {
        horizonMonths: 1,
        discountRate: amount(0),
        size: 5,
      });
    const statements = await statementsOf(async () => {
      const second = await again();
      expect(second).toMatchObject({ fittedAt: values.fittedAt, parameters: values.parameters });
      expect(second.newCustomerReturns!.lessThan(values.newCustomerReturns!)).toBe(true);
    });
    expect(statements.filter(({ text }) => text.includes('md5('))).toEqual([]);
    till.ctx.caches.clear({ domain: 'analytics' });
    expect((await statementsOf(again)).filter(({ text }) => text.includes('md5('))).toHaveLength(1);
  });

  onData('A4: are listed with their scores, by segment as the segments count them', async () => {
    await insertCustomerDays(till, purchaseDays());
    const asOf = '1998-06-30';
    const all = await rfmScores(till.ctx, { asOf, size: 1_000 });
    expect(await all.total()).toBe(2_357);
    // Customer 0001 of CDNOW: 200 days ago, 4 days of purchase, 100.50.
    const first = { recencyDays: 200, purchaseDays: 4, netSales: amount('100.5'), r: 4, f: 4, m: 4 };
    expect(all.items).toContainEqual(expect.objectContaining(first));
    const { segments } = await customerSegments(till.ctx, { asOf });
    for (const { name, customers } of segments) {
      const page = await rfmScores(till.ctx, { asOf, segment: name, size: 3, sort: 'recencyDays' });
      expect([name, await page.total()]).toEqual([name, customers]);
      expect(page.items.map((one) => segmentOf(one))).toEqual(page.items.map(() => name));
    }
    const next = await rfmScores(till.ctx, {
      asOf,
      size: 2,
      cursor: (await rfmScores(till.ctx, { asOf, size: 2 })).nextCursor!,
    });
    expect(next.items.map(({ customerId }) => customerId)).toEqual(
      all.items.slice(2, 4).map(({ customerId }) => customerId),
    );
  });

  it('A6: belong to the month of their first purchase by the clock of the branch', async () => {
    const days = (customer: string, ...list: string[]) =>
      list.map((day) => ({ customer, day: `2026-${day}`, amount: 1 }));
    await insertCustomerDays(till, [
      ...days('a', '01-05', '02-10', '03-01'),
      ...days('b', '01-20', '03-15'),
      // 23:30 UTC on 31 January is 1 February in Berlin, and so is its business day.
      ...days('c', '02-01'),
      ...days('d', '02-02', '02-20'),
      ...days('e', '01-12', '01-25'),
    ]);
    const range = { granularity: 'month' as const, from: '2026-01-01', to: '2026-02-28' };
    const { cohorts } = await customerRetention(at('2026-03-31T12:00:00Z'), range);
    expect(cohorts.map(({ size, cells }) => [size, ...cells.map(({ customers }) => customers)])).toEqual([
      [3, 1, 2],
      [2, 0, null],
    ]);
  });

  it('are new once, through the channel of their first purchase', async () => {
    await insertCustomerDays(till, [
      { customer: 'a', day: '2026-01-05', amount: 1, channel: 'web' },
      { customer: 'a', day: '2026-02-05', amount: 1, channel: 'pos' },
      { customer: 'b', day: '2026-01-06', amount: 1, channel: 'pos' },
      { customer: 'c', day: '2026-01-07', amount: 1, channel: 'pos' },
    ]);
    const range = { from: '2026-01-01', to: '2026-02-28' };
    const report = await customerAcquisition(till.ctx, { by: 'channel', ...range });
    expect(report.groups.map(({ period, channel, newCustomers }) => [period, channel, newCustomers])).toEqual(
      [
        ['2026-01', 'pos', 2],
        ['2026-01', 'web', 1],
      ],
    );
    const branches = await customerAcquisition(till.ctx, { by: 'branch', ...range });
    expect(branches.groups.map(({ branchId, newCustomers }) => [branchId, newCustomers])).toEqual([
      [till.branchId, 3],
    ]);
  });

  it('of a small shop are estimated by their own rate, and the answer says why', async () => {
    await sell({ CUP: 1 }, till.customerId);
    const report = await customerLifetimeValue(till.ctx, {
      horizonMonths: 12,
      discountRate: amount(0),
      size: 10,
    });
    expect([report.method, report.repeaters, report.parameters]).toEqual(['average', 0, []]);
    expect(report.notes).toEqual([
      "Fewer than 50 customers bought on more than one day (0): each customer's own rate and average so far go on, and no customer is expected to leave.",
    ]);
    expect(report.customers).toMatchObject([
      { customerId: till.customerId, purchaseDays: 1, probabilityAlive: null },
    ]);
    const wrong = { discountRate: amount(0), size: 10, horizonMonths: 61 };
    expect(await fieldCodeOf(customerLifetimeValue(till.ctx, wrong))).toBe('INVALID');
  });
});

it('A11: manual amounts are cash-outs and refunds without a receipt, and too few say nothing', async () => {
  const none = await manualAmounts(till.ctx, {});
  expect(none).toMatchObject({ count: 0, smallest: null, deviation: null, verdict: 'too_few' });
  for (const value of [12, 15, 40])
    await moveCash(till.ctx, 'cash_out', {
      registerId: till.registerId,
      amount: amount(value),
      reason: 'Petty cash',
    });
  const found = await manualAmounts(till.ctx, { branchId: till.branchId });
  expect(found).toMatchObject({ count: 3, smallest: amount(12), largest: amount(40), verdict: 'too_few' });
  expect(found.digits.map(({ count }) => count)).toEqual([2, 0, 0, 1, 0, 0, 0, 0, 0]);
  expect(found.note).toContain('say nothing');
});

describe('A forecast', () => {
  it('needs some past, tells its test, and has zeros for closed weekdays', async () => {
    expect(await salesForecast(till.ctx, { granularity: 'day', horizon: 7 })).toMatchObject({
      method: 'none',
      points: [],
    });
    const now = till.ctx.clock.now();
    const days = Array.from({ length: 70 }, (_, index) => {
      const day = new Date(now.getTime() - (70 - index) * 86_400_000);
      const value = day.getUTCDay() === 0 ? 0 : 100 + 10 * day.getUTCDay() + (index % 3);
      return { day: day.toISOString().slice(0, 10), value };
    });
    await transact(till.ctx, (tx) =>
      tx.run(sql`
        insert into order_day_totals (organization_id, branch_id, business_date, register_id, channel, cashier_id, hour, sales, returns, units_sold,
          units_returned, gross, discounts, refunds, voids_count, voids, rounding, tips)
        select ${tx.organizationId}::uuid, ${till.branchId}::uuid, d.day, ${till.registerId}::uuid, 'pos', ${till.registerId}::uuid, 9, 1, 0, 1,
          0, d.value, 0, 0, 0, 0, 0, 0
        from jsonb_to_recordset(${JSON.stringify(days)}::jsonb) as d(day date, value numeric) where d.value > 0`),
    );
    const forecast = await salesForecast(till.ctx, { granularity: 'day', horizon: 14 });
    expect(forecast.closedWeekdays).toEqual([7]);
    expect(forecast.points.filter(({ closed }) => closed).map(({ mean }) => Number(mean))).toEqual([0, 0]);
    expect(forecast.backTest!.folds).toBeGreaterThan(0);
    expect(forecast.points.filter(({ closed }) => !closed).every(({ mean }) => Math.abs(Number(mean) - 135) < 40)).toBe(true); // prettier-ignore
    expect(await fieldCodeOf(salesForecast(till.ctx, { granularity: 'day', horizon: 0 }))).toBe('INVALID');
  });
});

it('shows another organization nothing', async () => {
  await sell({ CUP: 1 }, till.customerId);
  const { ctx } = await openTill(db);
  expect((await salesReport(ctx, 'day', {})).total.sums.netSales).toEqual(ZERO);
  expect(await topProducts(ctx, { by: 'revenue', size: 5 })).toEqual([]);
  expect((await customerSegments(ctx, {})).customers).toBe(0);
});
