/** Rows that a till changes again and again: a new version beside the old one touches no index (PostgreSQL's HOT updates). */
import { sql } from '#kernel/db/database';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { writeScans } from '#subgraphs/pos/scanning/recent-scans.worker';
import { scanProduct } from '#subgraphs/pos/scanning/scan-product';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';

const TABLES = [
  'counters',
  'recent_scans',
  'register_session_taxes',
  'register_session_tenders',
  'register_sessions',
  'stock_levels',
];

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  // A single connection counts all updates, and can be asked to report them at once.
  db = await testDatabase({ poolSize: 1 });
  till = await openTill(db);
});
afterAll(() => db.close());

/** Updates of rows so far, and those that touched no index. */
async function updates(): Promise<Record<string, [updated: number, hot: number]>> {
  await till.ctx.db.many(sql`select pg_stat_force_next_flush()::text as done`);
  const rows = await db.services.database.system.many<{ name: string; updated: number; hot: number }>(sql`
    select relname as name, n_tup_upd as updated, n_tup_hot_upd as hot
    from pg_stat_user_tables where relname = any(${TABLES}::text[])`);
  return Object.fromEntries(rows.map(({ name, updated, hot }) => [name, [updated, hot]]));
}

it('touch no index', async () => {
  const work = async () => {
    const payments = [{ method: 'cash' as const, amount: amount('3.50') }];
    await checkout(till.ctx, { items: [{ sku: 'TEA' }], payments });
    await scanProduct(till.ctx, '4006381333931');
    await writeScans(db.services);
  };
  await work();
  const before = await updates();
  for (let time = 0; time < 20; time += 1) await work();
  const after = await updates();
  for (const table of TABLES) {
    const [updated, hot] = [0, 1].map((at) => after[table]![at]! - before[table]![at]!);
    expect([table, updated, hot]).toEqual([table, 20, 20]);
  }
});
