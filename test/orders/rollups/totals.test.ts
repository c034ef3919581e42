/** Costs in the running totals, their rebuild, and the nightly comparison; checkDays (test/pos/day-figures.ts) compares random days. */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { backlogsOf } from '#kernel/worker-lag';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { cancelShipment, shipOrder } from '#subgraphs/orders/fulfilment/ship-order';
import { shipmentsOf } from '#subgraphs/orders/fulfilment/shipments.queries';
import { rebuildTotals, refundOrder } from '#subgraphs/orders/index';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { lineCost, marginOf, marginRateOf } from '#subgraphs/orders/reports/sales-figures.rules';
import { checkTotals } from '#subgraphs/orders/rollups/check-totals';
import { checkDueTotals, startTotalsChecks } from '#subgraphs/orders/rollups/check-totals.worker';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import { checkDays } from '#test/pos/day-figures';

let db: TestDatabase;
let till: Till;
beforeAll(async () => (db = await testDatabase()));
beforeEach(async () => {
  // Without tax: revenue is what was paid.
  till = await openTill(db, {
    articles: [
      { sku: 'CUP', price: '10.00', stock: '1000', cost: '6', tax: '0' },
      { sku: 'WRAP', price: '3.00', service: true, tax: '0' },
    ],
  });
});
afterEach(() => checkDays(till));
afterAll(() => db.close());

const sell = async (items: Record<string, number>) => {
  const lines = Object.entries(items).map(([sku, quantity]) => ({ sku, quantity: amount(quantity) }));
  const sale = { registerId: till.registerId, items: lines, paymentMethod: 'card' as const };
  return (await checkout(till.ctx, sale)).order;
};
const order = async (quantity: number) => {
  const items = [{ sku: 'CUP', quantity: amount(quantity) }];
  const payments = [{ method: 'card' as const, amount: amount(quantity * 10) }];
  return (await createOrder(till.ctx, { channel: 'web', items, status: 'confirmed', payments })).order;
};
/** Revenue, cost and revenue of unknown cost, of all days. */
const figures = async (table: 'totals' | 'items' = 'totals') => {
  const sums = sql`sum(net)::float8 as net, sum(cost)::float8 as cost, sum(uncosted_net)::float8 as uncosted`;
  return till.ctx.db.one(
    table === 'totals' ? sql`select ${sums} from order_day_totals` : sql`select ${sums} from order_day_items`,
  );
};

describe('The cost of a sale', () => {
  it('is that of the goods that left the stock; a service has none, and its revenue is told apart', async () => {
    await sell({ CUP: 2, WRAP: 1 });
    expect(await figures()).toEqual({ net: 23, cost: 12, uncosted: 3 });
    expect(await figures('items')).toEqual({ net: 23, cost: 12, uncosted: 3 });
  });

  it('comes back with restocked goods, and is lost with goods that are not', async () => {
    await refundOrder(till.ctx, (await sell({ CUP: 1 })).id, { method: 'card' });
    expect(await figures()).toEqual({ net: 0, cost: 0, uncosted: 0 });
    await refundOrder(till.ctx, (await sell({ CUP: 1 })).id, { method: 'card', restock: false });
    expect(await figures()).toEqual({ net: 0, cost: 6, uncosted: 0 });
  });

  it('of goods that are sent is known once they were sent, and unknown again for none', async () => {
    const placed = await order(5);
    expect(await figures()).toEqual({ net: 50, cost: 0, uncosted: 50 });
    await shipOrder(till.ctx, placed.id, { items: [{ itemId: placed.lines[0]!.id, quantity: amount(3) }] });
    expect(await figures()).toEqual({ net: 50, cost: 18, uncosted: 0 });
    const [shipment] = await shipmentsOf(till.ctx, placed);
    await cancelShipment(till.ctx, placed.id, shipment!.id, {});
    expect(await figures()).toEqual({ net: 50, cost: 0, uncosted: 0 });
    await shipOrder(till.ctx, placed.id, {});
    expect(await figures('items')).toEqual({ net: 50, cost: 30, uncosted: 0 });
  });

  it('of goods that are never sent is zero', async () => {
    const placed = await order(5);
    await shipOrder(till.ctx, placed.id, { items: [{ itemId: placed.lines[0]!.id, quantity: amount(3) }] });
    await cancelOrder(till.ctx, placed.id, { method: 'card' });
    expect(await figures()).toEqual({ net: 30, cost: 18, uncosted: 0 });
    await cancelOrder(till.ctx, (await order(2)).id, { method: 'card' });
    expect(await figures()).toEqual({ net: 30, cost: 18, uncosted: 0 });
  });
});

describe('The totals of customers', () => {
  it('have the sales and returns of each, and none of other orders', async () => {
    const customer = till.customerId;
    const sale = { registerId: till.registerId, customerId: customer, paymentMethod: 'card' as const };
    const posted = await checkout(till.ctx, { ...sale, items: [{ sku: 'CUP', quantity: amount(2) }] });
    await sell({ CUP: 7 });
    await refundOrder(till.ctx, posted.order.id, { method: 'card' });
    expect(
      await till.ctx.db.many(sql`
        select customer_id, channel, sales, returns, net::float8 as net, cost::float8 as cost from order_day_customers`),
    ).toEqual([{ customerId: customer, channel: 'pos', sales: 1, returns: 1, net: 0, cost: 0 }]);
  });
});

describe('The nightly comparison', () => {
  const services = (): Services & { errors: unknown[] } => {
    const errors: unknown[] = [];
    const log = { ...till.ctx.log, error: (entry: unknown) => errors.push(entry), warn: () => undefined };
    return { ...till.ctx, log: log, errors };
  };
  const at = (hour: number, day = 0): Services['clock'] => {
    const moment = new Date(till.ctx.clock.now().getTime() + day * 86_400_000);
    moment.setUTCHours(hour, 30, 0, 0);
    return { now: () => moment };
  };
  const organizationId = () => (till.ctx.actor as { organizationId: string }).organizationId;

  it('runs once a night for each organization, from two o’clock', async () => {
    const all = await till.ctx.database.system.one<{ count: number }>(
      sql`select count(*)::int as count from organizations`,
    );
    expect(await checkDueTotals({ ...services(), clock: at(1) })).toBe(0);
    const runs = await Promise.all([
      checkDueTotals({ ...services(), clock: at(2) }),
      checkDueTotals({ ...services(), clock: at(2) }),
    ]);
    expect(runs[0] + runs[1]).toBeLessThanOrEqual(all.count);
    expect(await checkDueTotals({ ...services(), clock: at(3) })).toBe(0);
    expect(await checkDueTotals({ ...services(), clock: at(3, 1) })).toBe(all.count);
  });

  it('reports a total that differs, until a rebuild', async () => {
    await sell({ CUP: 1 });
    const [day] = await till.ctx.db.many<{ day: string }>(
      sql`select business_date::text as day from order_day_totals`,
    );
    const days = { from: day!.day, to: day!.day };
    const checked = services();
    expect(await checkTotals(checked, organizationId(), days)).toEqual([]);
    await transact(till.ctx, (tx) => tx.run(sql`update order_day_items set cost = cost + 0.01`));
    const difference = { table: 'order_day_items', branchId: till.branchId, businessDate: day!.day };
    expect(await checkTotals(checked, organizationId(), days)).toEqual([difference]);
    expect(checked.errors).toEqual([
      { organizationId: organizationId(), count: 1, differences: [difference] },
    ]);
    const stop = startTotalsChecks(checked);
    const backlogs = await backlogsOf(checked);
    expect(backlogs.find(({ name }) => name === 'order_totals')).toMatchObject({ waiting: 1 });
    await stop();
    await rebuildTotals(till.ctx, [day!.day]);
    expect(await checkTotals(checked, organizationId(), days)).toEqual([]);
  });
});

describe('Margins', () => {
  const known = (net: number, cost: number, uncostedNet: number) => ({
    net: amount(net),
    cost: amount(cost),
    uncostedNet: amount(uncostedNet),
  });
  it('leave out revenue of unknown cost', () => {
    expect(marginOf(known(23, 12, 3)).toNumber()).toBe(8);
    expect(marginRateOf(known(23, 12, 3))?.toNumber()).toBe(0.4);
    expect(marginRateOf(known(3, 0, 3))).toBeNull();
  });
  it('are not made up for lines that were not costed yet', () => {
    const line = { quantity: amount(2), unitCost: null };
    expect(lineCost({ ...line, kind: 'sale', stocked: true })).toBeNull();
    expect(lineCost({ ...line, kind: 'return', stocked: false })).toBeNull();
    expect(lineCost({ ...line, kind: 'return', stocked: true })?.toNumber()).toBe(0);
    expect(lineCost({ quantity: amount('0.125'), unitCost: amount('3.333333'), kind: 'sale', stocked: true })?.toFixed()).toBe('0.416667'); // prettier-ignore
  });
});
