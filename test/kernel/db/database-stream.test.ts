import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { sql } from '#kernel/db/database';
import { testDatabase, type TestDatabase } from '#test/harness/database';

/** What is in use once the garbage has been collected, in bytes. */
function usedMemory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}

describe('a stream of rows', () => {
  let db: TestDatabase;
  beforeAll(async () => (db = await testDatabase({ poolSize: 2 })));
  afterAll(() => db.close());

  it('comes in batches of the size asked for, every row once and in order', async () => {
    const ctx = db.contextFor();
    const stream = db.services.database.replicaForOrganization(undefined).stream<{ n: number }>(
      sql`
      select n from generate_series(1, ${2_500}::int) as n order by n`,
      1_000,
    );
    const batches: number[][] = [];
    for await (const rows of stream) batches.push(rows.map((row) => row.n));
    expect(batches.map((batch) => batch.length)).toEqual([1_000, 1_000, 500]);
    expect(batches.flat()).toEqual(Array.from({ length: 2_500 }, (_, index) => index + 1));
    expect(await ctx.db.many(sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });

  it('keeps memory bounded, however large the result', async () => {
    const before = usedMemory();
    let highest = 0;
    let count = 0;
    const big = sql`select n, repeat('x', 1000) as text from generate_series(1, 300000) as n`;
    for await (const rows of db.services.database.system.stream(big)) {
      count += rows.length;
      if (count % 30_000 === 0) highest = Math.max(highest, usedMemory() - before);
    }
    expect(count).toBe(300_000);
    // The whole would be 300 MB and more.
    expect(highest).toBeLessThan(50 * 1024 * 1024);
  });

  it('gives its connection back when the reader leaves early, or the statement fails', async () => {
    const { database } = db.services;
    const reader = database.forOrganization(undefined);
    for (let round = 0; round < 5; round += 1) {
      for await (const rows of reader.stream(sql`select n from generate_series(1, 100000) as n`, 10)) {
        expect(rows).toHaveLength(10);
        break;
      }
      const failing = async () => {
        for await (const rows of reader.stream(sql`select 1 / (5 - n) from generate_series(1, 10) as n`, 2)) {
          expect(rows).toHaveLength(2);
        }
      };
      await expect(failing()).rejects.toThrow('division by zero');
    }
    expect(await reader.many(sql`select 1 as one`)).toEqual([{ one: 1 }]);
  });

  it('sees its own organization only', async () => {
    for await (const rows of db.services.database
      .forOrganization(undefined)
      .stream(sql`select * from counters`)) {
      throw new Error(`${rows.length} rows were seen without an organization`);
    }
  });
});
