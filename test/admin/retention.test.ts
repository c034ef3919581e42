/** Rows that have served their purpose: deleted after the days of their organization, in batches, by an index, and nothing else. */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { organizationOf } from '#kernel/auth/access';
import {
  RETENTION_LIMITS,
  deletedRowCounts,
  pruneRows,
  pruneStatement,
  type RetentionRule,
} from '#kernel/retention';
import { retentionOf, retentionRules, startPruning } from '#subgraphs/admin/retention/prune-rows.worker';
import { RETENTION_DEFAULTS, updateRetentionSettings } from '#subgraphs/admin/retention/retention-settings';
import { subgraphs } from '#subgraphs/list';
import { createOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { errorOf } from '#test/harness/values';

const NOW = new Date('2027-03-01T12:00:00Z');
const RULES = retentionRules(subgraphs);
const clock = new SettableClock(NOW);
let db: TestDatabase;
let ctx: Awaited<ReturnType<typeof createOwner>>['ctx'];
beforeAll(async () => {
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(NOW);
  ({ ctx } = await createOwner(db));
});
afterAll(() => db.close());

/** Works as the owner of the tables, past row-level security. */
async function asOwner<Result>(work: (client: Client) => Promise<Result>): Promise<Result> {
  const client = new Client({ connectionString: db.url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** For each table: the column from which the days count, the values of an ended row, and those of one that has not ended. */
const ROWS: Readonly<Record<string, { since: string; ended: object; open?: object }>> = {
  import_errors: { since: '', ended: { severity: 'error' } },
  import_jobs: {
    since: 'created_at',
    ended: { kind: 'create', status: 'completed', source: 'csv' },
    open: { kind: 'create', status: 'running', source: 'csv' },
  },
  idempotency_keys: { since: 'created_at', ended: {} },
  outbox_events: { since: 'at', ended: {} },
  refresh_tokens: { since: 'expires_at', ended: {} },
  sessions: { since: 'expires_at', ended: {} },
  user_tokens: { since: 'expires_at', ended: { kind: 'password_reset' } },
  stock_reservations: {
    since: 'ended_at',
    ended: { status: 'released' },
    open: { status: 'active', ended_at: null },
  },
  training_sales: { since: 'created_at', ended: {} },
  payment_events: { since: 'received_at', ended: {} },
  approvals: {
    since: 'expires_at',
    ended: {
      kind: 'discount',
      get token_hash() {
        return randomBytes(32).toString('hex');
      },
    },
  },
  pending_sales: {
    since: 'received_at',
    ended: { status: 'rejected', decided_at: NOW, decision_note: 'Twice', request_hash: '0'.repeat(64) },
    open: { status: 'pending', request_hash: '0'.repeat(64) },
  },
  recent_scans: { since: 'scanned_at', ended: {} },
  webhook_deliveries: {
    since: 'created_at',
    ended: { status: 'delivered', delivered_at: NOW },
    open: { status: 'pending', next_attempt_at: NOW },
  },
};

const VALUES: Readonly<Record<string, () => unknown>> = {
  uuid: randomUUID,
  timestamptz: () => NOW,
  bool: () => false,
  jsonb: () => '{}',
  bytea: () => randomBytes(32),
  numeric: () => 1,
  int4: () => 1,
  _text: () => '{}',
  inet: () => '192.0.2.1',
  int8: () => 1,
  bpchar: () => 'EUR',
};

/** Inserts a row past the keys to other tables, with a value in each required column. */
async function insertRow(table: string, values: object): Promise<void> {
  await asOwner(async (client) => {
    const { rows } = await client.query<{ name: string; type: string; generated: boolean }>(
      `select column_name as name, udt_name as type from information_schema.columns
       where table_name = $1 and is_nullable = 'NO' and column_default is null and is_identity = 'NO'`,
      [table],
    );
    const required = Object.fromEntries(
      rows.map(({ name, type }) => [name, (VALUES[type] ?? (() => randomUUID().slice(0, 3)))()]),
    );
    const row = { ...required, ...values };
    const names = Object.keys(row);
    await client.query('set session_replication_role = replica');
    await client.query(
      `insert into ${table} (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
      Object.values(row),
    );
  });
}

const DAY_MS = 86_400_000;
const daysBefore = (days: number, more = 0) => new Date(NOW.getTime() - days * DAY_MS - more);
const daysOf = (table: string): number => {
  const { keep } = RULES.find((rule) => rule.table === table)!;
  return typeof keep === 'string' ? RETENTION_LIMITS[keep].default : keep.ms / DAY_MS;
};
const countsOf = async (): Promise<Record<string, number>> => {
  const counts = await Promise.all(
    RULES.map(async ({ table }) => {
      const { rows } = await asOwner((client) =>
        client.query<{ count: number }>(
          `select count(*)::int as count from ${table} where organization_id = $1`,
          [organizationOf(ctx)],
        ),
      );
      return [table, rows[0]!.count] as const;
    }),
  );
  return Object.fromEntries(counts);
};

const WITHOUT_ID = ['recent_scans', 'idempotency_keys', 'payment_events'];

/** A row that is due by a second, one that is not yet due by a second, and an old one that has not ended. */
async function fill(): Promise<void> {
  const organization_id = organizationOf(ctx);
  for (const { table } of RULES) {
    if (table === 'import_errors') continue;
    const { since, ended, open } = ROWS[table]!;
    const days = daysOf(table);
    for (const more of [1_000, -1_000]) {
      const id = randomUUID();
      await insertRow(table, {
        organization_id,
        ...(!WITHOUT_ID.includes(table) && { id }),
        [since]: daysBefore(days, more),
        ...ended,
      });
      if (table === 'import_jobs') {
        const { ended: error } = ROWS.import_errors!;
        await insertRow('import_errors', { organization_id, job_id: id, ...error });
      }
    }
    if (open) await insertRow(table, { organization_id, [since]: daysBefore(days, 1_000), ...open });
  }
}

it('names the tables that are pruned, and never a ledger, a document or the trail', () => {
  expect(
    RULES.map(({ table, keep }) => `${table} ${typeof keep === 'string' ? keep : keep.ms / DAY_MS}`),
  ).toEqual([
    'import_errors importsDays',
    'import_jobs importsDays',
    'idempotency_keys 2',
    'outbox_events 7',
    'refresh_tokens sessionsDays',
    'sessions sessionsDays',
    'user_tokens sessionsDays',
    'stock_reservations reservationsDays',
    'payment_events 90',
    'training_sales trainingSalesDays',
    'approvals approvalsDays',
    'pending_sales queuedSalesDays',
    'recent_scans recentScansDays',
    'webhook_deliveries webhookDeliveriesDays',
  ]);
  expect(Object.keys(ROWS).sort()).toEqual(RULES.map(({ table }) => table).sort());
});

it('knows each table of the database: a rule deletes its rows, or a reason says why they stay', async () => {
  const { rows } = await asOwner((client) =>
    client.query<{ name: string }>(`
      select relname as name from pg_class
      where relkind in ('r', 'p') and not relispartition
        and relnamespace not in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`),
  );
  const domains = retentionOf(subgraphs);
  const staying = domains.flatMap(({ stay = [] }) => stay.flatMap(({ tables }) => tables));
  // A table that is missing here needs a rule or a reason in the retention.ts of its domain (docs/OPERATIONS.md).
  expect([...RULES.map(({ table }) => table), ...staying].sort()).toEqual(
    rows.map(({ name }) => name).sort(),
  );
});

it('deletes ended rows after their days, to the second; others stay', async () => {
  await fill();
  const before = await countsOf();
  const { deleted, finished } = await pruneRows(db.services, RULES);
  expect(finished).toBe(true);
  expect(deleted).toEqual(Object.fromEntries(RULES.map(({ table }) => [table, 1])));
  const after = await countsOf();
  expect(after).toEqual(
    Object.fromEntries(Object.entries(before).map(([table, count]) => [table, count - 1])),
  );
  // An open row stays however old it is.
  clock.set(new Date(NOW.getTime() + 4_000 * DAY_MS));
  await pruneRows(db.services, RULES);
  expect(Object.entries(await countsOf()).filter(([, count]) => count > 0)).toEqual([
    ['import_jobs', 1],
    ['stock_reservations', 1],
    ['pending_sales', 1],
    ['webhook_deliveries', 1],
  ]);
});

it('follows the settings of each organization', async () => {
  await updateRetentionSettings(ctx, { trainingSalesDays: 60 });
  const own = organizationOf(ctx);
  const { ctx: other } = await createOwner(db);
  for (const organization_id of [own, organizationOf(other)])
    await insertRow('training_sales', { organization_id, created_at: daysBefore(31) });
  const training = RULES.filter(({ table }) => table === 'training_sales');
  expect((await pruneRows(db.services, training)).deleted).toEqual({ training_sales: 1 });
  expect(await countsOf()).toMatchObject({ training_sales: 1 });
  await updateRetentionSettings(ctx, { trainingSalesDays: 30 });
  expect((await pruneRows(db.services, training)).deleted).toEqual({ training_sales: 1 });
});

it('keeps each setting within its bounds, and writes one row', async () => {
  for (const [name, { default: days, min, max }] of Object.entries(RETENTION_LIMITS)) {
    expect(RETENTION_DEFAULTS).toMatchObject({ [name]: days });
    for (const wrong of [min - 1, max + 1]) {
      const error = await errorOf(updateRetentionSettings(ctx, { [name]: wrong }));
      expect([error.code, error.errors?.map(({ field }) => field)]).toEqual(['VALIDATION_FAILED', [name]]);
    }
    for (const right of [min, max])
      expect(await updateRetentionSettings(ctx, { [name]: right })).toMatchObject({ [name]: right });
  }
  expect(await ctx.db.many(sql`select version from retention_settings`)).toHaveLength(1);
});

it('works in batches, in turn, and stops when its time is over', async () => {
  const organization_id = organizationOf(ctx);
  for (let index = 0; index < 7; index += 1) {
    await insertRow('training_sales', { organization_id, created_at: daysBefore(40) });
    if (index < 2) await insertRow('sessions', { organization_id, expires_at: daysBefore(40) });
  }
  expect(await pruneRows(db.services, RULES, { budgetMs: 0 })).toEqual({ deleted: {}, finished: false });
  const { deleted, finished } = await pruneRows(db.services, RULES, { batch: 3 });
  expect([finished, deleted.training_sales, deleted.sessions]).toEqual([true, 7, 2]);
});

it.each(
  RULES.filter(({ table }) => table !== 'recent_scans').map((rule): [string, RetentionRule] => [
    rule.table,
    rule,
  ]),
)('finds rows of %s by an index, in its order', async (table, rule) => {
  const { text, values } = pruneStatement(rule, NOW, 100);
  const plan = await asOwner(async (client) => {
    await client.query('begin');
    await client.query('set local enable_seqscan = off');
    await client.query('set local enable_sort = off');
    const { rows } = await client.query(`explain (format json) ${text}`, values);
    await client.query('rollback');
    return JSON.stringify(rows);
  });
  // The floors of deleted events are sorted, a row for each organization.
  expect(plan.replace(/"CTE also".*/, '')).not.toContain('"Sort"');
  expect(plan).not.toMatch(new RegExp(`"Seq Scan"[^{}]*"Relation Name":"${table}"`));
});

/** Adds old deliveries that were sent, and one that is still tried again. */
async function addDeliveries(count: number): Promise<void> {
  await insertRow('webhook_deliveries', {
    organization_id: organizationOf(ctx),
    created_at: daysBefore(200),
    status: 'pending',
    next_attempt_at: NOW,
  });
  await asOwner(async (client) => {
    await client.query('set session_replication_role = replica');
    const { rows } = await client.query<{ name: string }>(
      `select column_name as name from information_schema.columns where table_name = 'webhook_deliveries'`,
    );
    const values: Readonly<Record<string, string>> = {
      id: 'gen_random_uuid()',
      event_id: 'gen_random_uuid()',
      status: `'delivered'`,
      next_attempt_at: 'null',
      delivered_at: '$3::timestamptz',
      created_at: `$3::timestamptz + n * interval '1 second'`,
    };
    await client.query(
      `insert into webhook_deliveries (${rows.map(({ name }) => name).join(', ')})
       select ${rows.map(({ name }) => values[name] ?? `w.${name}`).join(', ')}
       from webhook_deliveries w cross join generate_series(1, $2::int) n where w.organization_id = $1`,
      [organizationOf(ctx), count, daysBefore(100)],
    );
  });
}

it('deletes a backlog of 300,000 deliveries in one round, in short transactions that wait for no lock', async () => {
  await addDeliveries(300_000);
  const rules = RULES.filter(({ table }) => table === 'webhook_deliveries');
  const { database } = db.services;
  const batches: number[] = [];
  const system = {
    ...database.system,
    run: async (statement: Parameters<typeof database.system.run>[0]) => {
      const count = await database.system.run(statement);
      batches.push(count);
      return count;
    },
  };
  const client = new Client({ connectionString: db.url });
  await client.connect();
  try {
    await client.query('begin');
    await client.query(
      `select from webhook_deliveries where organization_id = $1 and status = 'delivered' order by created_at limit 1 for update`,
      [organizationOf(ctx)],
    );
    const services = { ...db.services, database: { ...database, system } };
    const result = await pruneRows(services, rules);
    expect(result).toEqual({ deleted: { webhook_deliveries: 299_999 }, finished: true });
    // Each statement is its own transaction.
    expect(batches).toEqual([...Array<number>(59).fill(5_000), 4_999]);
    expect(deletedRowCounts(services.database)).toEqual({ webhook_deliveries: 299_999 });
  } finally {
    await client.end();
  }
  expect((await pruneRows(db.services, rules)).deleted).toEqual({ webhook_deliveries: 1 });
  expect(await countsOf()).toMatchObject({ webhook_deliveries: 1 });
});

it('makes a pause while requests wait for a connection', async () => {
  const { database } = db.services;
  const training = RULES.filter(({ table }) => table === 'training_sales');
  const scope = { organizationId: organizationOf(ctx) };
  let release!: () => void;
  const held = new Promise<void>((resolve) => (release = resolve));
  // One more than there are connections.
  const requests = Array.from({ length: database.connections().app!.size + 1 }, () =>
    database.begin(scope, () => held),
  );
  while (database.connections().app!.waiting === 0) await sleep(5);
  const start = performance.now();
  await pruneRows(db.services, training);
  expect(performance.now() - start).toBeGreaterThanOrEqual(450);
  release();
  await Promise.all(requests);
});

it('goes on with the other tables after an error', async () => {
  const broken: RetentionRule = { ...RULES[0]!, table: 'absent', since: sql`t.absent`, from: sql`absent t` };
  await insertRow('training_sales', { organization_id: organizationOf(ctx), created_at: daysBefore(40) });
  const warn = jest.spyOn(db.services.log, 'warn').mockImplementation(() => undefined);
  const { deleted, finished } = await pruneRows(db.services, [broken, ...RULES]);
  expect([finished, deleted.absent, deleted.training_sales]).toEqual([true, 0, 1]);
  expect(warn.mock.calls.map(([details]) => (details as { table: string }).table)).toEqual(['absent']);
  warn.mockRestore();
});

it('continues within a minute if the time of a round is over, and stops after the batch in progress', async () => {
  for (let index = 0; index < 6; index += 1)
    await insertRow('training_sales', { organization_id: organizationOf(ctx), created_at: daysBefore(40) });
  const training = RULES.filter(({ table }) => table === 'training_sales');
  const options = { lookEveryMs: 20, batch: 1, budgetMs: 1 };
  const stop = startPruning(db.services, training, options);
  while ((await countsOf()).training_sales! > 4) await sleep(5);
  await stop();
  const left = (await countsOf()).training_sales!;
  await sleep(60);
  expect((await countsOf()).training_sales).toBe(left);
  const stopAgain = startPruning(db.services, training, options);
  while ((await countsOf()).training_sales! > 0) await sleep(20);
  await stopAgain();
});

it('runs by itself', async () => {
  await insertRow('training_sales', { organization_id: organizationOf(ctx), created_at: daysBefore(40) });
  const stop = startPruning(db.services, RULES, { lookEveryMs: 20 });
  while ((await countsOf()).training_sales! > 0) await sleep(20);
  await stop();
});
