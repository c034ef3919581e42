import fc from 'fast-check';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { listPage, type ListQuery, type PageArgs } from '#kernel/paging';
import { asOwner } from '../harness/server';
import { testDatabase, type TestDatabase } from '../harness/database';
import { recorded } from '../harness/statements';

interface Row {
  id: string;
  price: unknown;
}

const LIST: ListQuery = {
  select: sql`id, price, created_at`,
  from: sql`things`,
  where: [sql`not hidden`],
  sorts: { price: sql`price`, createdAt: sql`created_at`, name: sql`name`, id: sql`id` },
  defaultSort: '-createdAt',
  id: sql`id`,
};

describe('paging', () => {
  let db: TestDatabase;
  beforeAll(async () => {
    db = await testDatabase();
    await asOwner(
      db.url,
      `create table things (organization_id uuid not null, id uuid primary key, name text not null, price numeric(19, 4) not null,
        created_at timestamptz(3) not null, hidden boolean not null)`,
      'select pospro_secure_tables()',
      'grant select, insert, update, delete on things to pospro_app',
    );
  });
  afterAll(() => db.close());

  /** Few different values, so that ties are the rule. */
  const thing = fc.record({
    name: fc.constantFrom('', 'a', 'B', 'ä', 'a"b', '50%'),
    price: fc.constantFrom('-1.5000', '0.0000', '0.1000', '2.0000', '10.0000'),
    created_at: fc.constantFrom(
      '2026-01-01T00:00:00.001Z',
      '2026-01-01T00:00:00.002Z',
      '2026-06-01T12:00:00.000Z',
    ),
    hidden: fc.boolean(),
  });

  it('by cursor shows every row exactly once, in the order of a single list, whatever the sort, direction and size', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(thing, { maxLength: 40 }),
        fc.constantFrom('price', '-price', 'createdAt', '-created_at', 'name', '-name', 'id', '-id'),
        fc.integer({ min: 1, max: 15 }),
        async (things, sort, size) => {
          const ctx = db.contextFor();
          const rows = JSON.stringify(things.map((row) => ({ ...row, id: ctx.ids.next() })));
          await transact(ctx, (tx) =>
            tx.run(sql`insert into things select ${tx.organizationId}::uuid, id, name, price, created_at, hidden from jsonb_to_recordset(${rows}::jsonb)
              as t (id uuid, name text, price numeric, created_at timestamptz, hidden boolean)`),
          );
          const whole = await listPage<Row>(ctx.db, LIST, { sort, size: 1_000 });
          const seen: string[] = [];
          let cursor: string | null = null;
          do {
            const page: Awaited<ReturnType<typeof listPage<Row>>> = await listPage<Row>(ctx.db, LIST, {
              sort,
              size,
              cursor,
            });
            expect(page.items.length).toBeLessThanOrEqual(size);
            seen.push(...page.items.map((row) => row.id));
            cursor = page.nextCursor;
          } while (cursor !== null);
          const visible = things.filter((row) => !row.hidden).length;
          expect(await whole.total()).toBe(visible);
          expect(whole.items).toHaveLength(visible);
          expect(seen).toEqual(whole.items.map((row) => row.id));
          const byNumber: string[] = [];
          for (let page = 1; page <= Math.ceil(visible / size); page += 1) {
            byNumber.push(
              ...(await listPage<Row>(ctx.db, LIST, { sort, size, page })).items.map((row) => row.id),
            );
          }
          expect(byNumber).toEqual(seen);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('reads keys first and then the rows, in the same order', async () => {
    const ctx = db.contextFor();
    const many = (organizationId: string) =>
      sql`insert into things select ${organizationId}::uuid, gen_random_uuid(), 'n', n % 7, now(), false from generate_series(1, 100) n`;
    await transact(ctx, (tx) => tx.run(many(tx.organizationId)));
    const lists: ListQuery[] = [
      { ...LIST, rows: LIST.from },
      { ...LIST, rows: sql`(select *, price as cost from things) things` },
      { ...LIST, rows: LIST.from, countedWithPage: true },
    ];
    for (const sort of ['price', '-price', 'createdAt']) {
      for (const args of [{ page: 1 }, { page: 3 }, { page: 5 }]) {
        const plain = await listPage<Row>(ctx.db, LIST, { sort, ...args });
        for (const list of lists) {
          const page = await listPage<Row>(ctx.db, list, { sort, ...args });
          expect(page.items.map(({ id }) => id)).toEqual(plain.items.map(({ id }) => id));
          expect([page.nextCursor, page.hasNextPage]).toEqual([plain.nextCursor, plain.hasNextPage]);
          expect([await page.total(), await page.pages()]).toEqual([100, 5]);
        }
      }
    }
    const { statements, ctx: recording } = recorded(ctx);
    const joined = lists[1]!;
    const first = await listPage<Row>(recording.db, joined, { size: 60 });
    const second = await listPage<Row>(recording.db, joined, { size: 60, cursor: first.nextCursor });
    expect(second.items).toHaveLength(40);
    expect(await second.total()).toBe(100);
    expect(statements).toHaveLength(3);
  });

  it('counts nothing that a page has counted', async () => {
    const ctx = db.contextFor();
    const add = (organizationId: string) =>
      sql`insert into things select ${organizationId}::uuid, gen_random_uuid(), 'n', n, now(), false from generate_series(1, 45) n`;
    await transact(ctx, (tx) => tx.run(add(tx.organizationId)));
    const statementsFor = async (list: ListQuery, args: PageArgs) => {
      const { statements, ctx: recording } = recorded(ctx);
      const page = await listPage<Row>(recording.db, list, args);
      return [await page.total(), await page.totalIsEstimate(), await page.pages(), statements.length];
    };
    expect(await statementsFor(LIST, { size: 50 })).toEqual([45, false, 1, 1]);
    expect(await statementsFor(LIST, { size: 20, page: 3 })).toEqual([45, false, 3, 1]);
    expect(await statementsFor(LIST, { size: 20 })).toEqual([45, false, 3, 2]);
    // Behind the end nothing is known of the list.
    expect(await statementsFor(LIST, { size: 20, page: 4 })).toEqual([45, false, 3, 2]);
    const counted = { ...LIST, rows: LIST.from, countedWithPage: true };
    expect(await statementsFor(counted, { size: 20, page: 2 })).toEqual([45, false, 3, 1]);
    expect(await statementsFor({ ...LIST, where: [sql`false`] }, {})).toEqual([0, false, 0, 1]);
  });

  it('keeps its place while rows come and go', async () => {
    const ctx = db.contextFor();
    const add = (price: number) => {
      const insert = (organizationId: string) =>
        sql`insert into things values (${organizationId}, ${ctx.ids.next()}, 'x', ${price}, now(), false)`;
      return transact(ctx, (tx) => tx.run(insert(tx.organizationId)));
    };
    for (const price of [1, 2, 3, 4]) await add(price);
    const first = await listPage<Row>(ctx.db, LIST, { sort: 'price', size: 2 });
    await add(0);
    await transact(ctx, (tx) => tx.run(sql`delete from things where price = 2`));
    const second = await listPage<Row>(ctx.db, LIST, { sort: 'price', size: 2, cursor: first.nextCursor });
    expect(second.items.map((row) => String(row.price))).toEqual(['3', '4']);
    expect(second.nextCursor).toBeNull();
  });

  it('has a number for every page that begins within the first 10,000 rows', async () => {
    const { db: reader } = db.contextFor();
    for (const args of [{ page: 500 }, { size: 1_000, page: 10 }, { size: 1, page: 10_000 }])
      expect((await listPage(reader, LIST, args)).items).toEqual([]);
    await expect(listPage(reader, LIST, { page: 501 })).rejects.toMatchObject({
      errors: [{ field: 'page', code: 'OUT_OF_RANGE', message: expect.stringContaining('cursor') as string }],
    });
  });

  it('refuses what cannot be meant', async () => {
    const { db: reader } = db.contextFor();
    const codeOf = (args: Parameters<typeof listPage>[2]) =>
      listPage(reader, LIST, args).then(
        () => 'no error',
        (error: { code: string }) => error.code,
      );
    for (const args of [
      { page: 0 },
      { page: 1.5 },
      { size: 0 },
      { size: 1_001 },
      { page: 501 },
      { size: 1_000, page: 11 },
      { size: 1, page: 10_001 },
      { sort: 'secret' },
      { sort: 'constructor' },
    ]) {
      expect([args, await codeOf(args)]).toEqual([args, 'VALIDATION_FAILED']);
    }
    const foreign = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');
    const id = '0190a6d8-0000-7000-8000-000000000001';
    for (const cursor of [
      'x',
      foreign('price', '1', id),
      foreign('-createdAt', 1, id),
      foreign('-createdAt', 'not a date', id),
      foreign('-createdAt', '2026-01-01', 'no id'),
      foreign(),
    ]) {
      expect([cursor, await codeOf({ cursor })]).toEqual([cursor, 'CURSOR_INVALID']);
    }
  });
});
