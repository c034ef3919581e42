import { closeRegister } from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, codeOf, textOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

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
    expect(await codeOf(closeRegister(till.ctx, input))).toBe('VALIDATION_FAILED');
  const report = await closeRegister(till.ctx, { denominations });
  expect([textOf(report.countedCash), textOf(report.difference)]).toEqual(['50.6', '-49.4']);
});
