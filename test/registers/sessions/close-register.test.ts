import { closeRegister } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

const money = (value: { toFixed(): string } | null) => value?.toFixed() ?? null;

it('accepts a count by notes and coins, and rejects an invalid one', async () => {
  const till = await openTill(db);
  const denominations = [
    { value: amount(50), count: 1 },
    { value: amount('0.20'), count: 3 },
  ];
  const invalidInputs = [
    { countedCash: amount(50), denominations },
    { denominations: [{ value: amount(50), count: -1 }] },
    { denominations: [{ value: amount(0), count: 1 }] },
    {},
  ];
  for (const input of invalidInputs)
    expect((await errorOf(closeRegister(till.ctx, input))).code).toBe('VALIDATION_FAILED');
  const report = await closeRegister(till.ctx, { denominations });
  expect([money(report.countedCash), money(report.difference)]).toEqual(['50.6', '-49.4']);
});
