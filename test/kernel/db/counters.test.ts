import { transact } from '#kernel/db/transact';
import { nextNumber } from '#kernel/db/counters';
import { sql } from '#kernel/db/database';
import { testDatabase, type TestDatabase } from '#test/harness/database';

describe('counters', () => {
  let db: TestDatabase;
  beforeAll(async () => (db = await testDatabase()));
  afterAll(() => db.close());

  it('gives the numbers 1 to n without gaps, though some of those who ask change their mind', async () => {
    const ctx = db.contextFor();
    const attempts = Array.from({ length: 120 }, (_, index) =>
      transact(ctx, async (tx) => {
        const number = await nextNumber(tx, 'order:main');
        if (index % 3 === 0) throw new Error('changed my mind');
        return number;
      }).catch(() => undefined),
    );
    const numbers = (await Promise.all(attempts)).filter((number) => number !== undefined);
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 80 }, (_, index) => index + 1));
  });

  it('counts for each organization on its own', async () => {
    const [one, other] = [db.contextFor(), db.contextFor()];
    expect(await transact(one, (tx) => nextNumber(tx, 'z'))).toBe(1);
    expect(await transact(other, (tx) => nextNumber(tx, 'z'))).toBe(1);
    expect(await one.db.many(sql`select name, value from counters`)).toEqual([{ name: 'z', value: 1 }]);
  });
});
