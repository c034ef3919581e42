/** Stored segments and lifetime values: they answer as the purchases do, changes and erasures reach them, and the nightly comparison finds what differs. */
import { Client } from 'pg';
import { SettableClock } from '#kernel/clock';
import { systemContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { customerLifetimeValue } from '#subgraphs/analytics/customers/lifetime-value';
import { customerSegments } from '#subgraphs/analytics/customers/segments';
import { checkReportDays, storeReportDays } from '#subgraphs/analytics/index';
import { findMark, storeMarked } from '#subgraphs/analytics/report-days/report-days.queries';
import { storeLifetimeValue, storeSegments } from '#subgraphs/analytics/report-days/store-customers';
import { createCustomer } from '#subgraphs/customers/customers';
import { deleteCustomer } from '#subgraphs/orders/customers/delete-customer';
import { mergeCustomers } from '#subgraphs/orders/customers/merge-customers';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { insertCustomerDays } from '#test/analytics/customer-days';
import { available, purchaseDays } from '#test/analytics/published-data';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { eventually } from '#test/harness/patience';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';

const FIRST = '2026-03-01';
/** The last ended day, and the moment two days later. */
const ENDED = '2026-03-05';
const NOW = new Date('2026-03-07T10:00:00Z');
const CDNOW_ENDED = '1998-06-30';

let db: TestDatabase;
let clock: SettableClock;
let till: Till;
let customers: Record<'ada' | 'bob' | 'eva', string>;
beforeAll(async () => {
  clock = new SettableClock(NOW);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(new Date(`${FIRST}T10:00:00Z`));
  till = await openTill(db, { articles: [{ sku: 'CUP', price: '11.90', stock: '1000', tax: '19' }] });
  const create = async (name: string) => (await createCustomer(till.ctx, { name })).id;
  customers = { ada: await create('Ada'), bob: await create('Bob'), eva: await create('Eva') };
});
afterAll(() => db.close());

/** A sale at noon of a day. */
async function sell(day: string, customerId: string, quantity: number): Promise<void> {
  clock.set(new Date(`${day}T12:00:00Z`));
  const items = [{ sku: 'CUP', quantity: amount(quantity) }];
  await checkout(till.ctx, { registerId: till.registerId, items, paymentMethod: 'cash', customerId });
  clock.set(NOW);
}

async function trade(): Promise<void> {
  await sell(FIRST, customers.ada, 5);
  await sell('2026-03-02', customers.bob, 1);
  await sell('2026-03-04', customers.ada, 2);
  await sell(ENDED, customers.eva, 9);
  // After the last ended day.
  await sell('2026-03-06', customers.bob, 7);
}

const ctxOf = () => systemContext(db.services, till.organizationId, { address: 'test' });
const store = () => storeReportDays(db.services, till.organizationId);
const segments = (asOf?: string) => customerSegments(ctxOf(), { asOf });
const lifetimeValue = (more: { horizonMonths?: number; size?: number; rate?: number } = {}) =>
  customerLifetimeValue(ctxOf(), {
    horizonMonths: more.horizonMonths ?? 12,
    size: more.size ?? 100,
    ...(more.rate === undefined ? {} : { discountRate: amount(more.rate) }),
  });
const listed = async () => (await lifetimeValue()).customers.map(({ customerId }) => customerId);
const storedIds = async () =>
  (
    await db.services.database.system.many<{ id: string }>(
      sql`select customer_id as id from report_lifetime_customers where organization_id = ${till.organizationId} order by position`,
    )
  ).map(({ id }) => id);
const plain = (answer: unknown) => JSON.parse(JSON.stringify(answer)) as unknown;
/** All but the moment of the fit. */
const withoutMoment = (report: Awaited<ReturnType<typeof lifetimeValue>>) =>
  plain({ ...report, fittedAt: null });

const onData = available ? it : it.skip;
onData('CDNOW: stored answers are the computed ones, and read no purchases', async () => {
  await insertCustomerDays(till, purchaseDays());
  const answers = async () => [
    withoutMoment(await lifetimeValue({ size: 1_000 })),
    withoutMoment(await lifetimeValue({ size: 7 })),
    withoutMoment(await lifetimeValue({ size: 50, horizonMonths: 3, rate: 0 })),
    plain(await segments()),
  ];
  clock.set(new Date(`${CDNOW_ENDED}T12:00:00Z`));
  till.ctx.caches.clear({ domain: 'analytics' });
  const computed = await answers();
  expect(computed[0]).toMatchObject({ method: 'bg_nbd_gamma_gamma', fittedOn: 2_357, asOf: CDNOW_ENDED });
  // Stored alone, without the days of two years.
  clock.set(new Date('1998-07-02T12:00:00Z'));
  const ctx = ctxOf();
  await db.services.database.system.run(sql`
    insert into report_days (organization_id, part, business_date, stored_at)
    select ${till.organizationId}::uuid, 'customers', d::date, now() from generate_series('1997-01-01'::date, ${CDNOW_ENDED}::date, interval '1 day') d`);
  await storeReportDays(db.services, till.organizationId);
  expect(await ctx.db.many(sql`select part, business_date::text as day from report_days where part in ('segments', 'lifetime_value') order by 1`))
    .toEqual([
      { part: 'lifetime_value', day: CDNOW_ENDED },
      { part: 'segments', day: CDNOW_ENDED },
    ]); // prettier-ignore
  const statements = await statementsOf(async () => expect(await answers()).toEqual(computed));
  expect(statements.filter(({ text }) => text.includes('order_day_customers'))).toEqual([]);
});

it('are as of the last ended day, and computed as of the present one where nothing is stored', async () => {
  await trade();
  const asOfEnded = await segments(ENDED);
  expect([(await segments()).asOf, (await lifetimeValue()).asOf]).toEqual(['2026-03-07', '2026-03-07']);
  await store();
  expect(await segments()).toEqual(asOfEnded);
  const stored = await lifetimeValue();
  expect([stored.asOf, stored.fittedAt]).toEqual([ENDED, NOW]);
  expect(stored).toMatchObject({ method: 'average', fittedOn: 3, parameters: [] });
  const bob = stored.customers.find(({ customerId }) => customerId === customers.bob);
  expect(bob).toMatchObject({ purchaseDays: 1, lastPurchase: '2026-03-02' });
  // Other days are computed, and so is the present one if a caller asks for it.
  expect((await segments('2026-03-07')).customers).toBe(3);
  expect((await segments('2026-03-01')).customers).toBe(1);
  // A worker that has stood still for more than a week.
  clock.set(new Date('2026-03-13T10:00:00Z'));
  expect([(await segments()).asOf, (await lifetimeValue()).asOf]).toEqual(['2026-03-13', '2026-03-13']);
});

it('are computed again after a late sale, and not after a change of costs or a sale of the present day', async () => {
  await trade();
  await store();
  await sell('2026-03-07', customers.eva, 1);
  await till.ctx.db.run(sql`update order_day_customers set cost = cost + 1`);
  expect([(await segments()).asOf, (await lifetimeValue()).asOf]).toEqual([ENDED, ENDED]);
  await sell('2026-03-04', customers.ada, 1);
  expect([(await segments()).asOf, (await lifetimeValue()).asOf]).toEqual(['2026-03-07', '2026-03-07']);
  const computed = await segments(ENDED);
  expect(await store()).toBeGreaterThan(1);
  expect(await segments()).toEqual(computed);
  const ada = (await lifetimeValue()).customers.find(({ customerId }) => customerId === customers.ada);
  expect([ada!.purchaseDays, ada!.lastPurchase]).toEqual([2, '2026-03-04']);
  // The next day is stored beside it.
  clock.set(new Date('2026-03-08T10:00:00Z'));
  await store();
  expect([(await segments()).asOf, (await lifetimeValue()).asOf]).toEqual(['2026-03-06', '2026-03-06']);
  expect(await segments(ENDED)).toEqual(computed);
});

it('lose an erased customer at once and for good, and a merged one at once', async () => {
  await trade();
  await store();
  expect((await storedIds()).sort()).toEqual(Object.values(customers).sort());
  await deleteCustomer(till.ctx, customers.eva);
  const rest = [customers.ada, customers.bob].sort();
  expect([(await storedIds()).sort(), (await listed()).sort()]).toEqual([rest, rest]);
  expect((await lifetimeValue()).asOf).toBe(ENDED);
  await till.ctx.db.run(sql`delete from report_days where part = 'lifetime_value'`);
  expect((await listed()).sort()).toEqual(rest);
  await store();
  expect((await storedIds()).sort()).toEqual(rest);
  await mergeCustomers(till.ctx, customers.ada, { duplicateId: customers.bob });
  expect(await storedIds()).toEqual([customers.ada]);
  await store();
  expect([await listed(), (await lifetimeValue()).customers[0]!.purchaseDays]).toEqual([[customers.ada], 3]);
});

it('are not stored for a customer who is erased meanwhile', async () => {
  await trade();
  const ctx = ctxOf();
  await ctx.db.run(
    sql`insert into report_days (organization_id, part, business_date) values (${till.organizationId}, 'lifetime_value', ${ENDED})`,
  );
  const eraser = new Client(db.services.config.databaseUrl);
  await eraser.connect();
  try {
    await eraser.query('begin');
    await eraser.query(
      `update customers set erased_at = now(), code = null, search_text = '', search_grams = '' where id = $1`,
      [customers.eva],
    );
    const storing = storeLifetimeValue(ctx, ENDED);
    // Its candidates, with the customer, are read: it waits for the mark.
    const waiting = sql`select from pg_locks where not granted`;
    await eventually(
      async () => (await db.services.database.system.many(waiting)).length > 0,
      () => 'storing did not wait for the erasure',
    );
    await eraser.query('commit');
    expect(await storing).toBe(true);
  } finally {
    await eraser.end();
  }
  expect((await storedIds()).sort()).toEqual([customers.ada, customers.bob].sort());
});

it('are not stored on the mark of another process, which was set after a change', async () => {
  await trade();
  const ctx = ctxOf();
  const mark = sql`insert into report_days (organization_id, part, business_date) values (${till.organizationId}, 'segments', ${ENDED})`;
  await ctx.db.run(mark);
  const first = await findMark(ctx.db, 'segments', ENDED);
  await sell('2026-03-04', customers.ada, 1);
  expect(await findMark(ctx.db, 'segments', ENDED)).toBeUndefined();
  await ctx.db.run(mark);
  const stored = (of: string | undefined) => transact(ctx, (tx) => storeMarked(tx, 'segments', ENDED, of));
  expect(await stored(first)).toBe(false);
  expect(await stored(await findMark(ctx.db, 'segments', ENDED))).toBe(true);
  expect(await storeSegments(ctx, ENDED)).toBe(false);
});

it('that differ from the purchases are found at night, and stored again', async () => {
  await trade();
  await store();
  const range = { from: FIRST, to: ENDED };
  const check = () => checkReportDays(db.services, till.organizationId, range);
  expect(await check()).toEqual([]);
  const answers = async () => [plain(await segments()), withoutMoment(await lifetimeValue())];
  const right = await answers();
  const { system } = db.services.database;
  await system.run(sql`update report_day_segments set customers = customers + 1`);
  await system.run(sql`
    update report_lifetime_customers set purchases = jsonb_set(purchases, '{x}', '9') where customer_id = ${customers.ada}`);
  expect(await answers()).not.toEqual(right);
  expect(await check()).toEqual([
    { table: 'report_lifetime_customers', day: ENDED },
    { table: 'report_day_segments', day: ENDED },
  ]);
  await store();
  expect(await answers()).toEqual(right);
  expect(await check()).toEqual([]);
});
