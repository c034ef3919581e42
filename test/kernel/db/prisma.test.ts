/** What Prisma answers outside of transactions: the same rows as SQL, of the same organization, and the same failures. */
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { raw } from 'sql-template-tag';
import type { RequestContext } from '#kernel/context';
import { openDatabase } from '#kernel/db/open-database';
import { sql } from '#kernel/db/database';
import { Table } from '#kernel/db/table';
import { transact } from '#kernel/db/transact';
import { Decimal } from '#kernel/decimal';
import { seedDemo } from '#demo/index';
import { organizations } from '#subgraphs/auth/tables.generated';
import { createOwner, type TestOwner } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { asOwner } from '#test/harness/server';

const ROOT = path.resolve(__dirname, '../../..');

/** The models of all domains, each with its table. */
async function models(): Promise<{ model: string; table: Table<object> }[]> {
  const found: { model: string; table: Table<object> }[] = [];
  for (const file of readdirSync(path.join(ROOT, 'prisma/schema'))) {
    const schema = readFileSync(path.join(ROOT, 'prisma/schema', file), 'utf8');
    const names = [...schema.matchAll(/^model (\w+) \{[^}]*?@@map\("(\w+)"\)/gm)];
    if (names.length === 0) continue;
    const folder = file === 'kernel.prisma' ? 'kernel/db' : `subgraphs/${path.basename(file, '.prisma')}`;
    const exported = Object.values((await import(path.join(ROOT, folder, 'tables.generated.ts'))) as object);
    const tables = exported.filter((value): value is Table<object> => value instanceof Table);
    for (const [, model, name] of names) {
      found.push({
        model: model![0]!.toLowerCase() + model!.slice(1),
        table: tables.find((table) => table.name === name)!,
      });
    }
  }
  return found;
}

type Row = Record<string, unknown>;
const byText = (rows: Row[]) =>
  rows
    .map((row) => [JSON.stringify(row), row] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => row);

describe('a row that Prisma reads', () => {
  let db: TestDatabase;
  let ctx: RequestContext;
  beforeAll(async () => {
    db = await testDatabase();
    await seedDemo(db.services, undefined, 2);
    const { id } = await db.services.database.system.one<{ id: string }>(sql`select id from organizations`);
    ctx = db.contextFor({ kind: 'system', organizationId: id, branchId: undefined });
  }, 240_000);
  afterAll(() => db.close());

  it('is the same as the one that SQL reads, in every table and every type of column', async () => {
    const types = new Set<string>();
    for (const { model, table } of await models()) {
      const bySql = await ctx.db.many<Row>(sql`select ${table.select('t')} from ${raw(table.name)} t`);
      const reader = (ctx.prisma as unknown as Record<string, { findMany(): Promise<Row[]> }>)[model]!;
      expect([model, byText(await reader.findMany())]).toStrictEqual([model, byText(bySql)]);
      const filled = table.definitions.text
        .split(', ')
        .filter((_, index) => bySql.some((row) => Object.values(row)[index] !== null));
      for (const definition of filled) types.add(definition.slice(definition.lastIndexOf(' ') + 1));
    }
    expect([...types].sort()).toEqual([
      'bigint', 'boolean', 'bytea', 'date', 'int', 'jsonb', 'numeric', 'smallint', 'text', 'text[]', 'timestamptz',
      'uuid', 'uuid[]',
    ]); // prettier-ignore
  });

  it('is the same as a part and beside the row that leads to it', async () => {
    const branch = await ctx.prisma.branch.findFirstOrThrow({
      select: { code: true, organization: true },
      orderBy: { code: 'asc' },
    });
    const code = await ctx.db.one<{ code: string }>(sql`select code from branches order by code limit 1`);
    const organization = await ctx.db.one<object>(
      sql`select ${organizations.select('o')} from organizations o`,
    );
    expect(branch).toStrictEqual({ ...code, organization });
    expect(branch.organization.cashRoundingStep).toBeInstanceOf(Decimal);
    const settings = await ctx.prisma.organization.findMany({
      include: { branches: { include: { organization: true } } },
    });
    expect(settings.map(({ branches }) => branches[0]!.organization)).toStrictEqual([organization]);
  });

  it('is counted', async () => {
    const { count } = await ctx.db.one<{ count: number }>(
      sql`select count(*) as count from variants where price > 1`,
    );
    expect(count).toBeGreaterThan(0);
    expect(await ctx.prisma.variant.count({ where: { price: { gt: new Decimal(1) } } })).toBe(count);
  });
});

describe('Prisma outside of a transaction', () => {
  let db: TestDatabase;
  let mine: TestOwner;
  let theirs: TestOwner;
  beforeAll(async () => {
    db = await testDatabase({ poolSize: 2 });
    [mine, theirs] = [await createOwner(db), await createOwner(db)];
  }, 60_000);
  afterAll(() => db.close());

  it("finds nothing of another organization's, and nothing at all without one", async () => {
    const { branch } = mine.ctx.prisma;
    expect((await branch.findMany()).map(({ id }) => id)).toEqual([mine.branchId]);
    expect(await branch.findUnique({ where: { id: theirs.branchId } })).toBeNull();
    expect(await branch.findFirst({ where: { organizationId: theirs.organizationId } })).toBeNull();
    expect(await branch.count({ where: { id: { in: [mine.branchId, theirs.branchId] } } })).toBe(1);
    const nobody = db.contextFor({ kind: 'anonymous' });
    expect(await nobody.prisma.branch.findMany()).toEqual([]);
    expect(await nobody.prisma.user.count()).toBe(0);
  });

  it('cannot write', () => {
    const writes = [
      'create',
      'createMany',
      'createManyAndReturn',
      'update',
      'updateMany',
      'updateManyAndReturn',
      'upsert',
      'delete',
      'deleteMany',
    ];
    expect(writes.filter((name) => name in mine.ctx.prisma.branch)).toEqual([]);
  });

  it('takes no undefined condition, which would match every row', async () => {
    const { branch } = mine.ctx.prisma;
    await expect(branch.findUnique({ where: { id: undefined as unknown as string } })).rejects.toThrow(
      '"id" is undefined',
    );
    await expect(
      branch.findMany({ where: { OR: [{ id: 'a' }, { name: { not: undefined } }] } }),
    ).rejects.toThrow('"not" is undefined');
    expect(await branch.count({ where: { address: null, createdAt: { gt: new Date(0) } } })).toBe(1);
  });

  it('belongs to its own organization, and to no transaction, wherever it is called', async () => {
    await transact(theirs.ctx, async (tx) => {
      await tx.run(sql`update branches set name = 'Renamed' where id = ${theirs.branchId}`);
      const seen = await Promise.all(
        [mine, theirs].map(({ ctx }) => ctx.prisma.branch.findMany({ select: { id: true, name: true } })),
      );
      expect(seen.map((rows) => rows.map(({ id }) => id))).toEqual([[mine.branchId], [theirs.branchId]]);
      expect(seen.flat().filter(({ name }) => name === 'Renamed')).toEqual([]);
    });
    expect(await theirs.ctx.prisma.branch.count({ where: { name: 'Renamed' } })).toBe(1);
  });

  it('reads and writes the same moments whatever the time zone of the server', async () => {
    await asOwner(
      db.url,
      `alter database "${new URL(db.url).pathname.slice(1)}" set timezone = 'America/New_York'`,
    );
    const moment = new Date('2026-01-31T18:04:05.678Z');
    const { log } = db.services;
    const where = { id: mine.branchId };
    for (const url of [db.url, `${db.url}?pgbouncer=true`]) {
      const database = await openDatabase({ url, poolSize: 1, log });
      try {
        await database.begin(mine, ({ prisma }) =>
          prisma.branch.update({ where, data: { createdAt: moment } }),
        );
        const read = sql`select created_at from branches where id = ${mine.branchId}`;
        expect(await database.forOrganization(mine.organizationId).many(read)).toEqual([
          { createdAt: moment },
        ]);
        expect(await database.prismaFor(mine.organizationId).branch.findUnique({ where })).toMatchObject({
          createdAt: moment,
        });
        await database.begin(mine, (client) =>
          client.run(sql`update branches set created_at = ${new Date(0)}`),
        );
        expect(await database.prismaFor(mine.organizationId).branch.findUnique({ where })).toMatchObject({
          createdAt: new Date(0),
        });
      } finally {
        await database.close();
      }
    }
  });

  it('asks again where its connection has died', async () => {
    const pids = await Promise.all(
      [0, 1].map((n) =>
        mine.ctx.db.one<{ pid: number }>(sql`select pg_backend_pid() as pid, pg_sleep(0.05), ${n}::int`),
      ),
    );
    await asOwner(db.url, ...pids.map(({ pid }) => `select pg_terminate_backend(${pid})`));
    expect(await mine.ctx.prisma.branch.count()).toBe(1);
  });

  it('answers 503 where every connection is taken', async () => {
    let release!: () => void;
    const held = new Promise<void>((resolve) => (release = resolve));
    const holders = [1, 2].map(() => transact(mine.ctx, () => held));
    await expect(mine.ctx.prisma.branch.findMany()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      status: 503,
      retryAfter: 1,
    });
    release();
    await Promise.all(holders);
    expect(await mine.ctx.prisma.branch.count()).toBe(1);
  });

  it('answers 503 where the server cannot be reached', async () => {
    const proxy = await proxyTo(db.url);
    const database = await openDatabase({ url: proxy.url, poolSize: 2, log: db.services.log });
    try {
      expect(await database.prismaFor(mine.organizationId).branch.count()).toBe(1);
      await proxy.close();
      const away = { code: 'UNAVAILABLE', status: 503, retryAfter: 1 };
      await expect(database.prismaFor(mine.organizationId).branch.count()).rejects.toMatchObject(away);
      await expect(database.begin(mine, ({ prisma }) => prisma.branch.count())).rejects.toMatchObject(away);
    } finally {
      await database.close();
    }
  });
});

/** A way to the server that can be cut off. */
async function proxyTo(text: string): Promise<{ url: string; close(): Promise<unknown> }> {
  const url = new URL(text);
  const { hostname, port } = url;
  const open = new Set<Socket>();
  const server = createServer((inbound) => {
    const outbound = connect(Number(port), hostname);
    for (const socket of [inbound, outbound]) open.add(socket.on('error', () => undefined));
    inbound.pipe(outbound).pipe(inbound);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
  const close = () => {
    for (const socket of open) socket.destroy();
    return once(server.close(), 'close');
  };
  return { url: url.href, close };
}
