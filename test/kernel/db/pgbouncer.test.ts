/** A shop behind a real PgBouncer in transaction mode, which has fewer connections to the server than the shop has to it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { explain } from '#gateway/startup-errors';
import { sql } from '#kernel/db/database';
import { applyMigrations } from '#kernel/db/migrate';
import { openDatabase } from '#kernel/db/open-database';
import { transact } from '#kernel/db/transact';
import { TEST_PASSWORD } from '#test/harness/actors';
import { eventually } from '#test/harness/patience';
import { describeWithPgBouncer, startPgBouncer, type PgBouncer } from '#test/harness/pgbouncer';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { asOwner, templateDatabase, withDatabase } from '#test/harness/server';
import { openTill, type Till } from '#test/harness/shop';
import { disposeClients, graphqlClient, listen } from '#test/live/clients';
import { pino } from 'pino';

/** Connections to the server for each of the three roles. */
const POOL_SIZE = 2;
/** Connections of the platform to PgBouncer for requests. */
const CLIENTS = 8;

let bouncer: PgBouncer;
let platform: TestPlatform;
let shop: Till;
let token: string;

async function onServer<Row extends object>(database: string, query: string): Promise<Row[]> {
  const client = new Client(withDatabase(templateDatabase().serverUrl, database));
  await client.connect();
  try {
    return (await client.query<Row>(query)).rows;
  } finally {
    await client.end();
  }
}
const databaseName = () => new URL(platform.services.config.databaseUrl!).pathname.slice(1);

const post = (path: string, body?: unknown, headers?: Record<string, string>) =>
  platform.rest('POST', `/api/v1${path}`, {
    token,
    ...(body !== undefined && { body }),
    ...(headers && { headers }),
  });
const get = (path: string) => platform.rest('GET', `/api/v1${path}`, { token });
const sale = (reference: string) =>
  post('/pos/checkout', {
    register_id: shop.registerId,
    client_reference: reference,
    items: [{ barcode: '4006381333931', quantity: 1 }],
    payments: [{ method: 'cash', amount: '3.50' }],
  });

describeWithPgBouncer('behind PgBouncer in transaction mode (skipped without pgbouncer)', () => {
  beforeAll(async () => {
    bouncer = await startPgBouncer(templateDatabase().serverUrl, POOL_SIZE);
    platform = await startTestPlatform({
      through: (url) => bouncer.through(url),
      env: { DATABASE_POOL_SIZE: String(CLIENTS) },
      apart: [],
    });
    shop = await openTill(platform);
    const { body } = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: shop.owner.email, password: TEST_PASSWORD },
    });
    token = (body as { access_token: string }).access_token;
  }, 120_000);
  afterEach(disposeClients);
  afterAll(async () => {
    await platform?.stop();
    await bouncer?.stop();
  });

  it('processes that start together apply the migrations once, and leave no lock behind', async () => {
    const { serverUrl } = templateDatabase();
    const name = `pospro_test_bouncer_${process.pid}`;
    await asOwner(serverUrl, `create database ${name}`);
    try {
      const url = bouncer.through(withDatabase(serverUrl, name));
      const applied = await Promise.all([1, 2].map(() => applyMigrations(url)));
      const known = await onServer<{ name: string }>(
        name,
        'select migration_name as name from _prisma_migrations',
      );
      expect(applied.flat()).toEqual(known.map((migration) => migration.name));
      expect(applied.flat().length).toBeGreaterThan(0);
      expect(
        await onServer(
          name,
          `select pid from pg_locks where locktype = 'advisory'
        and database = (select oid from pg_database where datname = '${name}')`,
        ),
      ).toEqual([]);
      // The next start finds the lock free, on whatever connection it gets.
      expect(await Promise.all([1, 2, 3].map(() => applyMigrations(url)))).toEqual([[], [], []]);
    } finally {
      await asOwner(serverUrl, `drop database ${name} with (force)`);
    }
  }, 60_000);

  it('sales at once are posted, repeated ones once, and a subscriber hears of each', async () => {
    const live = listen<{ saleCompleted: { order: { id: string } } }>(
      graphqlClient(platform.url, token),
      'subscription { saleCompleted { order { id } } }',
    );
    await eventually(() => platform.platform.live.counts().upstreams === 1);
    const references = Array.from({ length: 24 }, (_, index) => `sale-${index % 12}`);
    const answers = await Promise.all(references.map(sale));
    // A repeated sale may find the first one still running.
    expect([...new Set(answers.map(({ status }) => status))].filter((status) => status !== 409)).toEqual([
      201,
    ]);
    await Promise.all(references.map(sale));
    const found = await live.until(12);
    await sleep(300);
    expect(new Set(found.map(({ data }) => data!.saleCompleted.order.id)).size).toBe(12);
    expect(live.items).toHaveLength(12);
    const [{ orders }] = (await shop.ctx.db.many<{ orders: number }>(
      sql`select count(*) as orders from orders`,
    )) as [{ orders: number }];
    expect(orders).toBe(12);
  }, 60_000);

  it('shares few connections of the server, which sign in as the roles of the platform', async () => {
    const slow = sql`select session_user::text as role, pg_sleep(0.05)::text`;
    const roles = await Promise.all(
      Array.from({ length: CLIENTS }, () => shop.ctx.db.one<{ role: string }>(slow)),
    );
    expect(new Set(roles.map(({ role }) => role))).toEqual(new Set(['pospro_app']));
    const connections = await onServer<{ role: string; count: string }>(
      'postgres',
      `select usename as role, count(*) from pg_stat_activity
       where datname = '${databaseName()}' and usename like 'pospro_%' group by 1 order by 1`,
    );
    expect(connections.map(({ role }) => role)).toEqual(['pospro_app', 'pospro_system', 'pospro_vendor']);
    for (const { count } of connections) expect(Number(count)).toBeLessThanOrEqual(POOL_SIZE);
  });

  it('keeps organizations apart, whose statements share connections', async () => {
    const other = await openTill(platform);
    const shops = [shop, other];
    const own = sql`select distinct organization_id from products`;
    const seen = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const { ctx } = shops[index % 2]!;
        if (index % 3 === 0) return ctx.db.many<{ organizationId: string }>(own);
        if (index % 3 === 1) return transact(ctx, (tx) => tx.many<{ organizationId: string }>(own));
        const products = await ctx.prisma.product.findMany({ select: { organizationId: true } });
        return [...new Set(products.map(({ organizationId }) => organizationId))].map((organizationId) => ({
          organizationId,
        }));
      }),
    );
    expect(seen).toEqual(seen.map((_, index) => [{ organizationId: shops[index % 2]!.organizationId }]));
    expect(await platform.services.database.forOrganization(undefined).many(own)).toEqual([]);
  });

  it('imports, reports, downloads in batches, and verifies the audit trail', async () => {
    const rows = Array.from({ length: 300 }, (_, index) => `Cup ${index},CUP-${index},2.50`);
    const imported = await post('/products/bulk-create', ['name,sku,price', ...rows].join('\n'), {
      'content-type': 'text/csv',
    });
    expect([imported.status, imported.text]).toEqual([202, expect.stringContaining('"failed":0')]);
    for (let look = 0; look < 100; look += 1) {
      const found = await shop.ctx.db.one<{ count: number }>(
        sql`select count(*) from variants where sku like 'CUP-%'`,
      );
      if (found.count === 300) break;
      await sleep(50);
    }
    const csv = await get('/products?format=csv');
    expect(csv.text.match(/CUP-\d/g)!.length).toBeGreaterThanOrEqual(300);
    const report = await get('/pos/reports/daily');
    expect([report.status, (report.body as { sales_count: number }).sales_count]).toEqual([200, 12]);
    const rowsAtOnce: number[] = [];
    const { database } = platform.services;
    for await (const batch of database
      .forOrganization(shop.organizationId)
      .stream(sql`select sku from variants where sku like 'CUP-%'`, 100))
      rowsAtOnce.push(batch.length);
    expect(rowsAtOnce).toEqual([100, 100, 100]);
    const verified = await get('/admin/audit-logs/verify');
    expect(verified.body).toMatchObject({ valid: true, error: null });
  }, 60_000);

  it('makes a backup of one moment while sales go on', async () => {
    const started = await post('/admin/backup/database', { label: 'Behind a pooler' });
    expect([started.status, started.text]).toEqual([202, expect.any(String)]);
    const { id } = started.body as { id: string };
    let status = 'running';
    for (let look = 0; look < 400 && status === 'running'; look += 1) {
      expect((await sale(`during-${look}`)).status).toBe(201);
      status = ((await get(`/admin/backups/${id}`)).body as { status: string }).status;
    }
    expect(status).toBe('completed');
    const verified = await post(`/admin/backups/${id}/verify`);
    expect(verified.status).toBeLessThan(300);
  }, 60_000);

  it('names the missing parameter of its address at a start', async () => {
    const url = new URL(platform.services.config.databaseUrl!);
    url.searchParams.delete('pgbouncer');
    const database = await openDatabase({ url: url.href, poolSize: 2, log: pino({ level: 'silent' }) });
    try {
      const error: unknown = await database.system.one(sql`select 1`).catch((reason: unknown) => reason);
      expect(explain(error, true).lines).toContain('Add ?pgbouncer=true to its address');
    } finally {
      await database.close();
    }
  });
});
