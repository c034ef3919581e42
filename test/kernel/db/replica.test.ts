/** Reports on a real streaming replica that lags, hangs, ends and comes back. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { TEST_PASSWORD } from '#test/harness/actors';
import { otherPostgres } from '#test/harness/other-postgres';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { startRedis, describeWithRedis } from '#test/harness/redis';
import { startReplicatedPostgres, type ReplicatedPostgres } from '#test/harness/replicated-postgres';
import { openTill, type Till } from '#test/harness/shop';

const programs = otherPostgres();
const describeWithPostgres = programs === undefined ? describe.skip : describe;

/** Reports are read on the primary from this lag on. */
const MAX_LAG_MS = 2_000;
/** A look every half second, a second until it is late, and time for a busy machine. */
const LONGEST_WAIT_MS = 4_000;

let servers: ReplicatedPostgres;
let platform: TestPlatform;
let shop: Till;
let otherShop: Till;

const start = (env: Readonly<Record<string, string>> = {}) =>
  startTestPlatform({
    env: {
      DATABASE_URL: servers.url,
      DATABASE_REPLICA_URL: servers.replicaUrl,
      DATABASE_REPLICA_MAX_LAG_SECONDS: String(MAX_LAG_MS / 1000),
      ...env,
    },
    apart: [],
  });

const usable = (of = platform) => of.services.database.replica!.counts().usable;

interface Place {
  readonly replica: boolean;
  readonly role: string;
  /** Maximum number of processes that help with a statement. */
  readonly workers: string;
}

/** The server that a report is read on, and the role and setting of its connection. */
const placeOf = ({ reports }: RequestContext) =>
  reports.one<Place>(sql`
    select pg_is_in_recovery() as replica, current_user::text as role, current_setting('max_parallel_workers_per_gather') as workers`);
const onReplica = async (ctx: RequestContext) => (await placeOf(ctx)).replica;

/** Waits until the replica has an organization's last write. */
const untilOnReplica = (ctx: RequestContext) =>
  eventually(
    () => onReplica(ctx),
    () => 'reports were never read on the replica',
    { limitMs: 15_000, pauseMs: 20 },
  );

const namesOf = async ({ reports }: RequestContext) =>
  (await reports.many<{ name: string }>(sql`select name from branches order by name`)).map(
    ({ name }) => name,
  );

const rename = (ctx: RequestContext, name: string) =>
  transact(ctx, (tx) => tx.run(sql`update branches set name = ${name}`));

async function health(of = platform): Promise<unknown> {
  const { status, body } = await of.rest('GET', '/health');
  const ready = await of.rest('GET', '/health/ready');
  const { status: whole, checks } = body as { status: string; checks: { replica: { status: string } } };
  return [status, ready.status, whole, checks.replica.status];
}
const OK = [200, 200, 'ok', 'ok'];
/** Load balancers go on sending requests. */
const DEGRADED = [200, 200, 'degraded', 'degraded'];

async function untilHealth(expected: unknown): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (JSON.stringify(await health()) !== JSON.stringify(expected)) {
    if (performance.now() > deadline) expect(await health()).toEqual(expected);
    await sleep(50);
  }
}

async function metric(name: string): Promise<string[]> {
  const { text } = await platform.rest('GET', '/metrics');
  return text.split('\n').filter((line) => line.startsWith(name));
}

describeWithPostgres('reports (skipped without Debian’s PostgreSQL)', () => {
  beforeAll(async () => {
    servers = await startReplicatedPostgres(programs!);
    platform = await start();
    shop = await openTill(platform);
    otherShop = await openTill(platform);
  }, 180_000);
  afterAll(async () => {
    await platform?.stop();
    await servers?.stop();
  }, 60_000);
  beforeEach(async () => {
    await eventually(usable);
    for (const { ctx } of [shop, otherShop]) await untilOnReplica(ctx);
  }, 30_000);

  it('are read on the replica under the same role, and see their organization alone', async () => {
    expect(await placeOf(shop.ctx)).toEqual({ replica: true, role: 'pospro_app', workers: '0' });
    const ids = async ({ reports }: RequestContext) =>
      (
        await reports.many<{ organizationId: string }>(sql`select distinct organization_id from orders
        union select distinct organization_id from branches`)
      ).map(({ organizationId }) => organizationId);
    expect(await ids(shop.ctx)).toEqual([shop.organizationId]);
    expect(await ids(otherShop.ctx)).toEqual([otherShop.organizationId]);
    const { database } = platform.services;
    const nobody = database.replicaForOrganization(undefined);
    expect(await nobody.one(sql`select pg_is_in_recovery() as replica, count(*) from branches`)).toEqual({
      replica: true,
      count: 0,
    });
    // A vendor's user has a role of its own, on the primary.
    const vendor = database.replicaForOrganization(shop.organizationId, shop.organizationId);
    expect(await vendor.one(sql`select pg_is_in_recovery() as replica, current_user::text as role`)).toEqual({
      replica: false,
      role: 'pospro_vendor',
    });
    expect(await health()).toEqual(OK);
    expect(await metric('pospro_replica_usable')).toEqual(['pospro_replica_usable 1']);
    expect(await metric('pospro_database_pool_size{pool="replica"}')).toHaveLength(1);
  });

  it('show a sale to the shop that has made it, while the replica does not have it', async () => {
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: shop.owner.email, password: TEST_PASSWORD },
    });
    const { access_token: token } = login.body as { access_token: string };
    const teaInStock = async () => {
      const { body } = await platform.rest('GET', '/api/v1/inventory/valuation?size=1000', { token });
      const { items } = body as { items: { sku: string; quantity: string }[] };
      return Number(items.find(({ sku }) => sku === 'TEA')!.quantity);
    };
    const before = await teaInStock();
    await servers.pauseReplay();
    try {
      const sale = await platform.rest('POST', '/api/v1/pos/checkout', {
        token,
        body: {
          register_id: shop.registerId,
          items: [{ barcode: '4006381333931', quantity: 1 }],
          payments: [{ method: 'cash', amount: '3.50' }],
        },
      });
      expect(sale.status).toBe(201);
      expect(await teaInStock()).toBe(before - 1);
    } finally {
      await servers.resumeReplay();
    }
    await untilOnReplica(shop.ctx);
    expect(await teaInStock()).toBe(before - 1);
  });

  it('of a caller who has written wait for the replica, others read there until it lags too much', async () => {
    await servers.pauseReplay();
    try {
      await rename(shop.ctx, 'Renamed');
      expect(await namesOf(shop.ctx)).toEqual(['Renamed']);
      expect([await onReplica(shop.ctx), await onReplica(otherShop.ctx)]).toEqual([false, true]);
      await untilHealth(DEGRADED);
      expect([await onReplica(shop.ctx), await onReplica(otherShop.ctx)]).toEqual([false, false]);
      const [lag] = await metric('pospro_replica_lag_seconds ');
      expect(Number(lag!.split(' ')[1])).toBeGreaterThan(MAX_LAG_MS / 1000);
      expect(await metric('pospro_replica_usable')).toEqual(['pospro_replica_usable 0']);
    } finally {
      await servers.resumeReplay();
    }
    await untilHealth(OK);
    await untilOnReplica(shop.ctx);
    expect(await namesOf(shop.ctx)).toEqual(['Renamed']);
  });

  it('are read on an idle replica: without writes there is no lag', async () => {
    await sleep(MAX_LAG_MS + 1_000);
    expect(platform.services.database.replica!.counts().lagSeconds).toBeLessThan(MAX_LAG_MS / 1000);
    expect(await onReplica(shop.ctx)).toBe(true);
  });

  it('go on without a replica that has ended, and return to it', async () => {
    const failures = () => platform.services.database.replica!.counts().failures;
    const before = failures();
    await servers.kill();
    try {
      expect(await onReplica(shop.ctx)).toBe(false);
      expect(failures()).toBeLessThanOrEqual(before + 1);
      await untilHealth(DEGRADED);
      expect(await onReplica(shop.ctx)).toBe(false);
    } finally {
      await servers.start();
    }
    await untilHealth(OK);
    await untilOnReplica(shop.ctx);
  });

  it('do not wait for a replica that hangs', async () => {
    const slow = () =>
      shop.ctx.reports.one<Place>(sql`select pg_is_in_recovery() as replica, pg_sleep(0.3)::text`);
    // Connections are open, and new ones are made.
    await Promise.all([slow(), slow()]);
    const running = [slow(), slow()];
    await sleep(100);
    await servers.hang();
    const began = performance.now();
    try {
      const found = await Promise.all([...running, slow(), slow(), slow()]);
      const wait = performance.now() - began;
      process.stdout.write(`waited ${wait.toFixed(0)} ms for a replica that hangs\n`);
      expect(found.map(({ replica }) => replica)).toEqual(found.map(() => false));
      expect(wait).toBeLessThan(LONGEST_WAIT_MS);
      expect(await health()).toEqual(DEGRADED);
      // From now on it is not asked.
      const next = performance.now();
      expect(await onReplica(shop.ctx)).toBe(false);
      expect(performance.now() - next).toBeLessThan(500);
    } finally {
      servers.goOn();
    }
    await untilHealth(OK);
    await untilOnReplica(shop.ctx);
  });

  it('of another process find what an event has told', async () => {
    const second = await start();
    try {
      await eventually(() => usable(second));
      await servers.pauseReplay();
      const ctx = () => second.contextFor(shop.actor);
      const heard = new Promise<void>((resolve) =>
        second.services.bus.subscribe('branch.test', () => resolve()),
      );
      await transact(shop.ctx, async (tx) => {
        await tx.run(sql`update branches set name = 'Told'`);
        tx.emit({ type: 'branch.test', key: 'branch', payload: {} });
      });
      await heard;
      expect(await namesOf(ctx())).toEqual(['Told']);
      expect(await onReplica(second.contextFor(otherShop.actor))).toBe(true);
    } finally {
      await servers.resumeReplay();
      await second.stop();
    }
  }, 30_000);

  describeWithRedis('with Redis', () => {
    it('of every process have what another one has written, also when Redis goes', async () => {
      const redis = await startRedis();
      const env = { REDIS_URL: redis.url };
      const [first, second] = [await start(env), await start(env)];
      try {
        const [writer, reader] = [first, second].map((one) => () => one.contextFor(shop.actor));
        for (const one of [first, second]) await eventually(() => usable(one));
        await untilOnReplica(reader!());
        for (const name of ['One', 'Two', 'Three']) {
          await servers.pauseReplay();
          await rename(writer!(), name);
          expect(await namesOf(reader!())).toEqual([name]);
          expect(await onReplica(second.contextFor(otherShop.actor))).toBe(true);
          await servers.resumeReplay();
          await untilOnReplica(reader!());
          expect(await namesOf(reader!())).toEqual([name]);
        }
        await redis.kill();
        expect(await onReplica(reader!())).toBe(false);
        await redis.start();
        await untilOnReplica(reader!());
      } finally {
        await servers.resumeReplay();
        await second.stop();
        await first.stop();
        await redis.stop();
      }
    }, 60_000);
  });
});
