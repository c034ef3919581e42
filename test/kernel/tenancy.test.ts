import { randomUUID } from 'node:crypto';
import { sql } from '#kernel/db/database';
import { openDatabase } from '#kernel/db/open-database';
import { sqlState } from '#kernel/db/pg-errors';
import { transact } from '#kernel/db/transact';
import type { RequestContext } from '#kernel/context';
import { testDatabase, type TestDatabase } from '../harness/database';

/** Writes one event for the caller's organization and answers its id. */
async function writeEvent(ctx: RequestContext, key: string): Promise<string> {
  await transact(ctx, (tx) => {
    tx.emit({ type: 'test.happened', key, payload: {} });
    return Promise.resolve();
  });
  const row = await ctx.db.one<{ id: string }>(sql`select id from outbox_events where key = ${key}`);
  return row.id;
}

describe('tenancy', () => {
  let db: TestDatabase;
  let mine: RequestContext;
  let theirs: RequestContext;
  let myEvent: string;
  let theirEvent: string;

  beforeAll(async () => {
    db = await testDatabase();
    mine = db.contextFor();
    theirs = db.contextFor();
    myEvent = await writeEvent(mine, 'mine');
    theirEvent = await writeEvent(theirs, 'theirs');
  });
  afterAll(() => db.close());

  const keys = sql`select key from outbox_events order by key`;

  it('shows nothing where no organization is set', async () => {
    expect(await db.services.database.forOrganization(undefined).many(keys)).toEqual([]);
    expect(await db.services.database.replicaForOrganization(undefined).many(keys)).toEqual([]);
  });

  it('shows to each its own, and all to the system', async () => {
    expect(await mine.db.many(keys)).toEqual([{ key: 'mine' }]);
    expect(await theirs.db.many(keys)).toEqual([{ key: 'theirs' }]);
    expect(await db.services.database.system.many(keys)).toEqual([{ key: 'mine' }, { key: 'theirs' }]);
  });

  it('keeps to the organization while connections change hands', async () => {
    const seen = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const ctx = index % 2 === 0 ? mine : theirs;
        const inTransaction = () => transact(ctx, (tx) => tx.many<{ key: string }>(keys));
        const failing = () =>
          transact(ctx, async (tx) => {
            await tx.many(keys);
            throw new Error('rolled back');
          }).catch(() => ctx.db.many<{ key: string }>(keys));
        const rows = await [() => ctx.db.many<{ key: string }>(keys), inTransaction, failing][index % 3]!();
        return rows.map((row) => row.key).join();
      }),
    );
    expect(seen).toEqual(seen.map((_, index) => (index % 2 === 0 ? 'mine' : 'theirs')));
  });

  it("refuses to write, change or remove another organization's rows", async () => {
    const foreign = theirs.actor.kind === 'system' ? theirs.actor.organizationId : '';
    const insert = sql`insert into counters (organization_id, name, value) values (${foreign}, 'x', 1)`;
    const refused = await transact(mine, (tx) => tx.run(insert)).catch((error: unknown) => sqlState(error));
    expect(refused).toBe('42501');
    const key = sql`insert into idempotency_keys (organization_id, caller, key, operation, request_hash, response, created_at) values (${foreign}, 'x', 'x', 'x', 'x', '{}', now())`;
    await transact(theirs, (tx) => tx.run(key));
    expect(await transact(mine, (tx) => tx.run(sql`delete from idempotency_keys where key = 'x'`))).toBe(0);
    // What has happened is changed and removed by nobody.
    for (const change of [
      sql`update outbox_events set key = 'stolen' where id = ${theirEvent}`,
      sql`delete from outbox_events`,
    ]) {
      expect(await transact(mine, (tx) => tx.run(change)).catch((error: unknown) => sqlState(error))).toBe(
        '42501',
      );
    }
  });

  it('binds every table that has an organization, and grants no other to the application', async () => {
    const { system } = db.services.database;
    const unbound = await system.many(sql`
      select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'organization_id'
      where c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
        and not (c.relrowsecurity and c.relforcerowsecurity
          and (c.relispartition or (select count(*) from pg_policy p where p.polrelid = c.oid and p.polname in ('tenant', 'system')) = 2))`);
    expect(unbound).toEqual([]);
    const granted = await system.many(sql`
      select c.relname from pg_class c
      where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace = 'public'::regnamespace
        and has_table_privilege('pospro_app', c.oid, 'select, insert, update, delete')
        and (c.relispartition
          or not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id'))`);
    expect(granted).toEqual([]);
  });

  it('cannot be talked out of its role', async () => {
    const row = await mine.db.one(
      sql`select current_user, rolsuper, rolbypassrls from pg_roles where rolname = current_user`,
    );
    expect(row).toEqual({ currentUser: 'pospro_app', rolsuper: false, rolbypassrls: false });
  });

  describe('Prisma', () => {
    it('does not leak rows across organizations when calls of one tick are many', async () => {
      const results = await Promise.all(
        Array.from({ length: 100 }, (_, index) => {
          const [ctx, own, foreign] =
            index % 2 === 0 ? [mine, myEvent, theirEvent] : [theirs, theirEvent, myEvent];
          const { outboxEvent } = ctx.prisma;
          const id = index % 4 < 2 ? own : foreign;
          const call =
            index % 8 < 4
              ? outboxEvent.findUnique({ where: { id } })
              : outboxEvent.findFirst({ where: { id } });
          return call.then((row) => ({
            own: id === own,
            key: row?.key,
            expected: ctx === mine ? 'mine' : 'theirs',
          }));
        }),
      );
      expect(results.filter((result) => result.key !== (result.own ? result.expected : undefined))).toEqual(
        [],
      );
    });

    it('finds by a compound key, and throws where nothing is found', async () => {
      const organizationId = mine.actor.kind === 'system' ? mine.actor.organizationId : '';
      await transact(mine, (tx) =>
        tx.run(sql`insert into counters values (${tx.organizationId}, 'here', 7)`),
      );
      const { counter } = mine.prisma;
      const where = (name: string) => ({ organizationId_name: { organizationId, name } });
      expect(await counter.findUnique({ where: where('here'), select: { value: true } })).toEqual({
        value: 7,
      });
      expect(await counter.findUnique({ where: where('not here') })).toBeNull();
      await expect(counter.findUniqueOrThrow({ where: where('not here') })).rejects.toThrow();
      expect(await theirs.prisma.counter.findMany()).toEqual([]);
    });
  });

  it('is as tight behind PgBouncer, where nothing outlives a transaction', async () => {
    const database = await openDatabase({
      url: `${db.url}?pgbouncer=true`,
      poolSize: 3,
      log: db.services.log,
    });
    try {
      const organizations = [mine, theirs].map((ctx) =>
        ctx.actor.kind === 'system' ? ctx.actor.organizationId : '',
      );
      const seen = await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const organizationId = organizations[index % 2]!;
          if (index % 3 === 0) return database.forOrganization(organizationId).many(keys);
          if (index % 3 === 1) return database.begin({ organizationId }, (client) => client.many(keys));
          return database.prismaFor(organizationId).outboxEvent.findMany({ select: { key: true } });
        }),
      );
      expect(seen).toEqual(seen.map((_, index) => [{ key: index % 2 === 0 ? 'mine' : 'theirs' }]));
      expect(await database.forOrganization(undefined).many(keys)).toEqual([]);
      expect(await database.system.many(keys)).toHaveLength(2);
      expect(await database.forOrganization(randomUUID()).many(keys)).toEqual([]);
    } finally {
      await database.close();
    }
  });
});
