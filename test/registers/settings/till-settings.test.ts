import {
  closeRegister,
  moveCash,
  seesExpectedCash,
  tillSettings,
  updateTillSettings,
} from '#subgraphs/registers/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill } from '#test/harness/shop';
import { amount, codeOf, errorOf, textOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

it('hides the expected cash before a count, under a blind close', async () => {
  const till = await openTill(db);
  const cashier = till.as(['pos:sell', 'pos:register']);
  expect(seesExpectedCash(cashier.actor, await tillSettings(till.ctx.db))).toBe(true);
  const settings = await updateTillSettings(till.ctx, { blindClose: true });
  expect(settings).toMatchObject({ blindClose: true, limits: [] });
  expect(seesExpectedCash(cashier.actor, settings)).toBe(false);
  expect(seesExpectedCash(till.ctx.actor, settings)).toBe(true);
  const error = await errorOf(
    moveCash(cashier, 'cash_out', { amount: amount(500), reason: 'x', registerId: till.registerId }),
  );
  expect(error.message).not.toContain('100');
  const report = await closeRegister(cashier, { countedCash: amount(99) });
  expect(textOf(report.difference)).toBe('-1');
});

it('rejects invalid limits', async () => {
  const till = await openTill(db);
  const wrong = [
    [{ role: '', discountPercent: amount(1) }],
    [{ role: 'cashier', discountPercent: amount(101) }],
    [{ role: 'cashier', overridePercent: amount(-1) }],
    [{ role: 'cashier' }, { role: 'cashier' }],
  ];
  for (const limits of wrong)
    expect(await codeOf(updateTillSettings(till.ctx, { limits }))).toBe('VALIDATION_FAILED');
});
