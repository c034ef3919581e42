import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { countRows, listTotals, MAX_COUNTED } from '#kernel/list-totals';
import { testDatabase, type TestDatabase } from '../harness/database';
import { asOwner } from '../harness/server';
import { recorded } from '../harness/statements';

const ROWS = sql`things where size > ${0}::integer`;

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
  await asOwner(
    db.url,
    'create table things (organization_id uuid not null, id uuid primary key, size integer not null)',
    'select pospro_secure_tables()',
    'grant select, insert, delete on things to pospro_app',
  );
});
afterAll(() => db.close());

/** An organization with so many things. */
async function shopWith(count: number) {
  const ctx = db.contextFor();
  await transact(ctx, (tx) =>
    tx.run(
      sql`insert into things select ${tx.organizationId}::uuid, gen_random_uuid(), n from generate_series(1, ${count}::integer) n`,
    ),
  );
  return ctx;
}

it('counts exactly up to the limit, in one statement', async () => {
  for (const count of [0, 1, MAX_COUNTED]) {
    const { ctx, statements } = recorded(await shopWith(count));
    expect(await countRows(ctx.db, ROWS)).toBe(count);
    expect(statements).toHaveLength(1);
  }
});

it('estimates beyond, for this organization and these values, and remembers the estimate for a while', async () => {
  db.services.caches.clear();
  const shop = await shopWith(3 * MAX_COUNTED);
  await asOwner(db.url, 'analyze things');
  const { ctx, statements } = recorded(shop);
  const estimate = await countRows(ctx.db, ROWS);
  expect(estimate).toBeGreaterThan(2.5 * MAX_COUNTED);
  expect(estimate).toBeLessThan(3.5 * MAX_COUNTED);
  expect(statements).toHaveLength(2);
  expect(await countRows(ctx.db, ROWS)).toBe(estimate);
  expect(statements).toHaveLength(2);
  expect(await countRows(ctx.db, sql`things where size > ${2 * MAX_COUNTED}::integer`)).toBe(MAX_COUNTED);
  // Another organization has its own count.
  expect(await countRows((await shopWith(2)).db, ROWS)).toBe(2);
  await transact(shop, (tx) => tx.run(sql`delete from things where size > 5`));
  db.services.caches.clear();
  expect(await countRows(ctx.db, ROWS)).toBe(5);
});

it('never estimates less than was counted', async () => {
  const ctx = await shopWith(0);
  await asOwner(db.url, 'analyze things');
  const many = sql`things t right join generate_series(1, 30000) n on false where n <> all (array[1, 2, 3])`;
  const estimate = await countRows(ctx.db, many);
  expect(estimate).toBeGreaterThan(MAX_COUNTED);
});

it('counts once, and only on request', async () => {
  let counts = 0;
  const totals = listTotals(20, () => Promise.resolve((counts += 1) * 41));
  expect(counts).toBe(0);
  expect([await totals.total(), await totals.pages(), await totals.totalIsEstimate()]).toEqual([
    41,
    3,
    false,
  ]);
  expect(counts).toBe(1);
  const estimated = listTotals(1_000, () => Promise.resolve(MAX_COUNTED + 1));
  expect([await estimated.pages(), await estimated.totalIsEstimate()]).toEqual([11, true]);
});
