/** The stock of a scan and of a sale is read with a kept plan: making one takes longer than reading. */
import { sql } from '#kernel/db/database';
import { levelsOf } from '#subgraphs/inventory/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';

let db: TestDatabase;
let till: Till;
beforeAll(async () => {
  // One connection: a plan belongs to its connection.
  db = await testDatabase({ poolSize: 1 });
  till = await openTill(db);
});
afterAll(() => db.close());

it('reads the levels of any number of variants, each once, with one plan', async () => {
  const variantIds = ['TEA', 'BREAD', 'LAST'].map((sku) => till.items[sku]!.variantId);
  const { ctx } = till;
  const read = async (...ids: string[]) => {
    const levels = await levelsOf(ctx.db, ids, till.branchId);
    return ids.map((id) => levels.get(id)?.available.toFixed());
  };
  for (let count = 0; count < 10; count += 1) {
    expect(await read(variantIds[count % 3]!)).toEqual([['1000', '1000', '3'][count % 3]]);
    expect(await read(...variantIds, variantIds[0]!, 'x')).toEqual(['1000', '1000', '3', '1000', undefined]);
  }
  expect(await read()).toEqual([]);
  const plans = await ctx.db.many<{ kept: boolean; made: number }>(sql`
    select generic_plans > 10 as kept, custom_plans::int as made from pg_prepared_statements where statement like '%as wanted%stock_levels%'`);
  expect(plans).toEqual([{ kept: true, made: 0 }]);
});
