import { setTimeout as sleep } from 'node:timers/promises';
import { sql, type Queryable } from '#kernel/db/database';
import { openDatabase } from '#kernel/db/open-database';
import { prepareLogins, type DatabaseRole } from '#kernel/db/logins';
import { TenantPool } from '#kernel/db/pool';
import { transact } from '#kernel/db/transact';
import { asOwner } from '#test/harness/server';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { startTcpProxy } from '#test/harness/tcp-proxy';

describe('a connection', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase({ poolSize: 2 });
    await asOwner(
      db.url,
      'create table notes (organization_id uuid not null, id int not null, primary key (organization_id, id))',
      'select pospro_secure_tables()',
    );
  });
  afterAll(() => db.close());

  const failing = sql`select 1 / 0`;
  const insert = (organizationId: string, id: number) =>
    sql`insert into notes (organization_id, id) values (${organizationId}, ${id})`;

  it('carries out nothing of a transaction that has been rolled back', async () => {
    const ctx = db.contextFor();
    const late: Promise<PromiseSettledResult<unknown>[]>[] = [];
    // Both connections are bound to the organization, as they are in a busy shop.
    await Promise.all(
      [0, 0].map((id) => transact(ctx, (tx) => tx.run(sql`select pg_sleep(0.05), ${id}::int`))),
    );
    const work = transact(ctx, async (tx) => {
      const begun = [tx.run(failing), ...[1, 2, 3].map((id) => tx.run(insert(tx.organizationId, id)))];
      late.push(Promise.allSettled(begun));
      await Promise.all(begun);
    });
    await expect(work).rejects.toMatchObject({ code: '22012' });
    expect((await late[0])!.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'rejected',
      'rejected',
    ]);
    expect(await ctx.db.many(sql`select id from notes`)).toEqual([]);
  });

  it('does not pass a failed statement over: work that goes on as if nothing had happened has not been done', async () => {
    const ctx = db.contextFor();
    const { organizationId } = ctx.actor as { organizationId: string };
    const work = db.services.database.begin({ organizationId }, async (tx) => {
      await tx.run(insert(organizationId, 1));
      await tx.run(failing).catch(() => undefined);
      return 'done';
    });
    await expect(work).rejects.toThrow('rolled back');
    expect(await ctx.db.many(sql`select id from notes`)).toEqual([]);
  });

  it('has ended on the server, too, once its pool is closed', async () => {
    const { log } = db.services;
    const logins = await prepareLogins(db.url, log);
    const pool = new TenantPool({
      url: db.url,
      logins,
      role: 'pospro_app',
      size: 8,
      log,
      statementTimeout: 5_000,
    });
    const numbers = await Promise.all(
      Array.from({ length: 8 }, () =>
        pool.runFor({ organizationId: '' }, 'select pg_backend_pid(), pg_sleep(0.05)', []),
      ),
    );
    const pids = numbers.map(({ rows }) => (rows[0] as unknown[])[0]);
    expect(new Set(pids).size).toBe(8);
    await pool.close();
    const left = sql`select pid from pg_stat_activity where pid = any(${pids}::int[])`;
    expect(await db.services.database.system.many(left)).toEqual([]);
  });

  it('behind a pooler commits after the statements that were sent without waiting', async () => {
    const ctx = db.contextFor();
    const { organizationId } = ctx.actor as { organizationId: string };
    const { log } = db.services;
    const database = await openDatabase({ url: `${db.url}?pgbouncer=true`, poolSize: 2, log });
    try {
      await database.begin({ organizationId }, (tx) => {
        for (const id of [1, 2, 3]) tx.send(insert(organizationId, id));
        return Promise.resolve();
      });
      expect(await ctx.db.many(sql`select id from notes order by id`)).toEqual([
        { id: 1 },
        { id: 2 },
        { id: 3 },
      ]);
      const failed = database.begin({ organizationId }, (tx) => {
        for (const id of [4, 1]) tx.send(insert(organizationId, id));
        return Promise.resolve();
      });
      await expect(failed).rejects.toMatchObject({ code: '23505' });
      expect(await ctx.db.many(sql`select id from notes where id > 3`)).toEqual([]);
    } finally {
      await database.close();
    }
  });

  it('that owes an answer is ended when its network is cut, and one that owes none is not', async () => {
    const { log } = db.services;
    const logins = await prepareLogins(db.url, log);
    const address = new URL(db.url);
    const proxy = await startTcpProxy(Number(address.port));
    address.port = String(proxy.port);
    const pool = new TenantPool({
      ...{ url: address.href, logins, role: 'pospro_app', size: 2, log },
      ...{ statementTimeout: 200, silenceMs: 500, connectTimeoutMs: 500 },
    });
    const ask = () => pool.runFor({ organizationId: '' }, 'select pg_backend_pid()', []);
    const pidOf = ({ rows }: Awaited<ReturnType<typeof ask>>) => (rows[0] as unknown[])[0];
    const idle = await pool.openTransaction({ organizationId: '' });
    const before = pidOf(await idle.execute('select pg_backend_pid()', []));
    await sleep(1_000);
    expect(pidOf(await idle.execute('select pg_backend_pid()', []))).toBe(before);
    await idle.commit();
    proxy.cut();
    const start = performance.now();
    const silent = expect(ask()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: 'The database does not answer.',
    });
    // A new connection gets no answer either.
    await expect(ask()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await silent;
    expect(performance.now() - start).toBeLessThan(4_000);
    proxy.mend();
    expect(pidOf(await ask())).not.toBe(before);
    await pool.close();
    await proxy.stop();
  });

  it('on which a transaction could not be begun whole is not used again', async () => {
    const pool = new TenantPool({
      url: `${db.url}?pgbouncer=true`,
      logins: { own: false, password: undefined, tenantKey: Buffer.alloc(32) },
      role: 'pospro_nobody' as DatabaseRole,
      size: 1,
      log: db.services.log,
      statementTimeout: 5_000,
    });
    try {
      for (const attempt of [1, 2]) {
        await expect(pool.openTransaction({ organizationId: '' })).rejects.toMatchObject({ code: '22023' });
        expect([attempt, pool.totalCount]).toEqual([attempt, 0]);
      }
    } finally {
      await pool.end();
    }
  });

  it('of requests plans a statement once, for any values', async () => {
    const single = await testDatabase({ poolSize: 1 });
    try {
      const ctx = single.contextFor();
      for (let count = 0; count < 8; count += 1) {
        const ids = Array.from({ length: count }, () => ctx.ids.next());
        await ctx.db.many(sql`select id as planned_once from branches where id = any(${ids}::uuid[])`);
      }
      const plans = await ctx.db.many(sql`
        select generic_plans, custom_plans from pg_prepared_statements where statement like 'select id as planned_once%'`);
      // A statement gets its name when it is seen for the second time.
      expect(plans).toEqual([{ genericPlans: 7, customPlans: 0 }]);
    } finally {
      await single.close();
    }
  });

  it.each(['', '?pgbouncer=true'])(
    'of reports runs each statement in one process (%s)',
    async (parameter) => {
      const { log } = db.services;
      const database = await openDatabase({ url: `${db.url}${parameter}`, poolSize: 2, log });
      const { organizationId } = db.contextFor().actor as { organizationId: string };
      const workersOf = async (queries: Queryable) =>
        (
          await queries.one<{ workers: string }>(
            sql`select current_setting('max_parallel_workers_per_gather') as workers`,
          )
        ).workers;
      try {
        expect(await workersOf(database.replicaForOrganization(organizationId))).toBe('0');
        // The server's own setting, for everything else.
        expect(await workersOf(database.forOrganization(organizationId))).toBe('2');
      } finally {
        await database.close();
      }
    },
  );
});
