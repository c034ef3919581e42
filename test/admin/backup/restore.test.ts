/** A backup of the demo shop that sells meanwhile, restored into an empty database. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { pino } from 'pino';
import { demoId } from '#demo/ids';
import { openBackup } from '#kernel/backup/read-backup';
import type { Manifest } from '#kernel/backup/manifest';
import { writeBackup } from '#kernel/backup/write-backup';
import { sql } from '#kernel/db/database';
import { openDatabase } from '#kernel/db/open-database';
import { transact } from '#kernel/db/transact';
import { readEvents } from '#kernel/events/outbox';
import { restoreDatabase } from '#subgraphs/admin/index';
import { insertEndpoint } from '#subgraphs/webhooks/index';
import { startTestPlatform, type TestPlatform } from '../../harness/platform';
import { asOwner, templateDatabase, withDatabase } from '../../harness/server';

/** Tables whose rows a restore changes on purpose. */
const RENEWED = [
  'audit_pending',
  'idempotency_keys',
  'outbox_events',
  'outbox_floors',
  'sessions',
  'webhook_endpoints',
];

const log = pino({ level: 'silent' });
let source: TestPlatform;
let target: TestPlatform;
let targetUrl: string;
let folder: string;
let file: string;
let manifest: Manifest;
/** Of a backup of the restored database. */
let again: Manifest;
let cursor: string;
let lines: string[];
let soldBefore: number;
let soldAfter: number;

async function signIn(platform: TestPlatform): Promise<string> {
  const login = await platform.rest('POST', '/api/v1/auth/login', {
    body: { email: 'admin@pospro.com', password: 'secure123' },
  });
  return (login.body as { access_token: string }).access_token;
}

async function sell(platform: TestPlatform, token: string): Promise<{ receipt_number: string }> {
  const { body } = await platform.rest('GET', '/api/v1/pos/registers', { token });
  const register = (body as { items: { id: string; session: object | null }[] }).items.find(
    ({ session }) => session,
  )!;
  const answer = await platform.rest('POST', '/api/v1/pos/checkout', {
    token,
    headers: { 'idempotency-key': randomBytes(8).toString('hex') },
    body: {
      register_id: register.id,
      items: [{ barcode: '123456789', quantity: 1 }],
      payments: [{ method: 'cash', amount: '100.00' }],
    },
  });
  if (answer.status !== 201) throw new Error(answer.text);
  return answer.body;
}

async function count(client: { query: Client['query'] }, table: string): Promise<number> {
  const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`);
  return Number(rows[0]!.count);
}

async function asServerOwner<Result>(
  url: string,
  work: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client(url);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'pospro-backup-'));
  file = path.join(folder, 'shop.zip');
  source = await startTestPlatform({ demoDays: 2 });
  const { services } = source;
  const organizationId = demoId.organization(1);
  const ctx = source.contextFor({ kind: 'system', organizationId, branchId: undefined });
  await transact(ctx, (tx) =>
    insertEndpoint(tx, ctx, {
      id: ctx.ids.next(),
      url: 'https://x.example/',
      description: 'Waits',
      types: [],
    }),
  );
  const token = await signIn(source);
  await sell(source, token);
  ({ cursor } = await readEvents(ctx.db, organizationId, undefined, 1_000));
  const orders = () => asServerOwner(services.config.databaseUrl!, (client) => count(client, 'orders'));
  soldBefore = await orders();
  // A load of four tills, from before the snapshot until after the last table.
  let isSelling = true;
  const load = Array.from({ length: 4 }, async () => {
    while (isSelling) await sell(source, token);
  });
  const written = await services.database.snapshot((client) =>
    writeBackup(client, { version: '1', file, key: undefined }),
  );
  isSelling = false;
  await Promise.all(load);
  soldAfter = await orders();
  manifest = written.manifest;

  const { serverUrl } = templateDatabase();
  const name = `pospro_test_${randomBytes(6).toString('hex')}`;
  await asOwner(serverUrl, `create database ${name}`);
  targetUrl = withDatabase(serverUrl, name);
  lines = [];
  const whole = await restoreDatabase({
    file,
    key: undefined,
    url: targetUrl,
    log,
    say: (line) => lines.push(line),
  });
  expect([whole, lines.filter((line) => line.includes('NOT'))]).toEqual([true, []]);
  // Before the platform goes on with what waited.
  const database = await openDatabase({ url: targetUrl, poolSize: 2, log });
  const copy = { version: '1', file: path.join(folder, 'copy.zip'), key: undefined };
  again = (await database.snapshot((client) => writeBackup(client, copy))).manifest;
  await database.close();
  target = await startTestPlatform({ env: { DATABASE_URL: targetUrl } });
}, 240_000);

afterAll(async () => {
  await target?.stop();
  await source?.stop();
  if (targetUrl)
    await asOwner(
      templateDatabase().serverUrl,
      `drop database if exists ${new URL(targetUrl).pathname.slice(1)} with (force)`,
    );
  rmSync(folder, { recursive: true, force: true });
});

it('X1: the manifest counts the rows of every organization, as a superuser sees them', async () => {
  const rows = new Map(manifest.tables.map((table) => [table.name, table.rows]));
  const still = [
    'organizations',
    'products',
    'customers',
    'roles',
    'z_reports',
    'backups',
    'webhook_endpoints',
  ];
  await asServerOwner(source.services.config.databaseUrl!, async (client) => {
    for (const table of still) expect([table, rows.get(table)]).toEqual([table, await count(client, table)]);
    const tables = await client.query<{ name: string }>(
      `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
         and not c.relispartition and c.relname <> '_prisma_migrations' order by 1`,
    );
    expect(manifest.tables.map(({ name }) => name)).toEqual(tables.rows.map(({ name }) => name));
  });
  expect(rows.get('organizations')).toBe(1);
});

it('X2: what is in the file is of one moment, however much is sold meanwhile', () => {
  const orders = manifest.tables.find(({ name }) => name === 'orders')!;
  expect(soldAfter).toBeGreaterThan(soldBefore + 4);
  expect(orders.rows).toBeGreaterThanOrEqual(soldBefore);
  expect(orders.rows).toBeLessThan(soldAfter);
  // The restored ledgers were compared with their entries before the tests.
  expect(lines.filter((line) => line.startsWith('Ledger of'))).toHaveLength(6);
  expect(lines.join('\n')).toMatch(/Ledger of stock: [1-9]\d* balances are the sums of their entries/);
});

it('X3: restores every row as it was', () => {
  const hashes = ({ tables }: Manifest) =>
    tables
      .filter(({ name }) => !RENEWED.includes(name))
      .map(({ name, rows, sha256 }) => [name, rows, sha256]);
  expect(hashes(again)).toEqual(hashes(manifest));
  expect(hashes(manifest).length).toBeGreaterThan(100);
  const numbers = new Map(manifest.sequences.map(({ name, value }) => [name, Number(value)]));
  expect(numbers.size).toBeGreaterThan(2);
  // Other transactions may draw numbers between the snapshot and the reading of the sequences, and these are never below its rows.
  for (const { name, value } of again.sequences)
    expect([name, Number(value)]).toEqual([name, numbers.get(name)]);
});

it('X3: restores the schema: indexes, constraints, triggers, policies, row-level security, rights', async () => {
  const schemaOf = (url: string) =>
    asServerOwner(url, async (client) => {
      const parts = await client.query<{ part: string }>(`
        select concat_ws(' ', 'class', c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relacl) as part
        from pg_class c where c.relnamespace = 'public'::regnamespace
        union all select concat_ws(' ', 'constraint', k.conrelid::regclass, k.conname, pg_get_constraintdef(k.oid), k.convalidated)
        from pg_constraint k where k.connamespace = 'public'::regnamespace
        union all select concat_ws(' ', 'trigger', t.tgrelid::regclass, t.tgname, t.tgenabled) from pg_trigger t where not t.tgisinternal
        union all select concat_ws(' ', 'policy', p.polrelid::regclass, p.polname, p.polcmd, pg_get_expr(p.polqual, p.polrelid))
        from pg_policy p
        order by 1`);
      return parts.rows.map(({ part }) => part);
    });
  const restored = await schemaOf(targetUrl);
  expect(restored.length).toBeGreaterThan(800);
  expect(restored).toEqual(await schemaOf(source.services.config.databaseUrl!));
});

it('revokes the sessions, and lets people sign in again', async () => {
  const { open } = await target.services.database.system.one<{ open: number }>(
    sql`select count(*) as open from sessions where revoked_at is null`,
  );
  expect(open).toBe(0);
  const keys = await target.services.database.system.one<{ count: number }>(
    sql`select count(*) as count from idempotency_keys`,
  );
  expect(keys.count).toBe(0);
  expect(await signIn(target)).toEqual(expect.any(String));
});

it('continues the numbers of receipts', async () => {
  const numbers = await asServerOwner(targetUrl, async (client) => {
    const { rows } = await client.query<{ number: string }>(
      `select receipt_number as number from orders where receipt_number is not null order by id desc limit 200`,
    );
    return rows.map(({ number }) => number);
  });
  const { receipt_number: next } = await sell(target, await signIn(target));
  const series = next.slice(0, next.lastIndexOf('-'));
  const last = Math.max(
    ...numbers.filter((number) => number.startsWith(series)).map((number) => Number(/\d+$/.exec(number)![0])),
  );
  expect(Number(/\d+$/.exec(next)![0])).toBe(last + 1);
});

it('rejects the cursors of before, and gives new ones', async () => {
  const organizationId = demoId.organization(1);
  const db = target.services.database.forOrganization(organizationId);
  await expect(readEvents(db, organizationId, cursor, 10)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  // Transactions are counted from the beginning here, so an old number may be below the present one.
  await expect(readEvents(db, organizationId, '800-1', 10)).rejects.toMatchObject({ code: 'CURSOR_EXPIRED' });
  const all = await readEvents(db, organizationId, undefined, 1_000);
  expect(all.events.length).toBeGreaterThan(5);
  expect(all.cursor).toMatch(/^1\d{15}-\d+$/);
  await sell(target, await signIn(target));
  const { events } = await readEvents(db, organizationId, all.cursor, 100);
  expect(events.map(({ type }) => type)).toContain('sale.completed');
});

it('delivers to a webhook the events that it had not got, once', async () => {
  const { rows, deliveries } = await asServerOwner(targetUrl, async (client) => ({
    rows: await client.query<{ sequence: string; events: string }>(
      `select e.sequence, (select count(*) from outbox_events o where o.sequence <= e.sequence and o.xid = e.xid) as events
       from webhook_endpoints e where description = 'Waits'`,
    ),
    deliveries: await client.query<{ twice: string }>(
      `select count(*) as twice from (select event_id from webhook_deliveries group by endpoint_id, event_id having count(*) > 1) as d`,
    ),
  }));
  expect(rows.rows).toHaveLength(1);
  expect(deliveries.rows[0]!.twice).toBe('0');
});

it('rejects a database that is not empty', async () => {
  await expect(
    restoreDatabase({ file, key: undefined, url: targetUrl, log, say: () => undefined }),
  ).rejects.toThrow(/not empty/);
});

it('reads the manifest of the file', async () => {
  const backup = await openBackup(file, undefined);
  expect(backup.manifest).toEqual(manifest);
  await backup.close();
});
