/** Checks of cards by the branch, and limits of installments; test/security/card-numbers.test.ts searches for the numbers. */
import { SettableClock } from '#kernel/clock';
import { createBranch } from '#subgraphs/auth/branches';
import { validateCard } from '#subgraphs/payments/card-check';
import { calculateInstallments } from '#subgraphs/payments/installments';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount } from '#test/harness/values';

let db: TestDatabase;
let clock: SettableClock;
let shop: Shop;
beforeAll(async () => {
  clock = new SettableClock(new Date('2026-11-30T22:30:00Z'));
  db = await testDatabase({ clock });
  shop = await openShop(db, { timeZone: 'Europe/Berlin' });
});
afterAll(() => db.close());

const card = { cardNumber: '4242424242424242', expiry: '11/26' };

it('P7: 11/26 is valid through 30 November 2026 by the clock of the branch', async () => {
  const { id: branchId } = await createBranch(shop.ctx, { name: 'Harbour', timeZone: 'Pacific/Auckland' });
  expect(await validateCard(shop.ctx, card)).toMatchObject({ valid: true, validThrough: '2026-11-30' });
  expect(await validateCard(shop.ctx, { ...card, branchId })).toMatchObject({
    valid: false,
    reasons: ['expired'],
  });
  clock.advance(3_600_000);
  expect(await validateCard(shop.ctx, card)).toMatchObject({ valid: false, reasons: ['expired'] });
});

it('rejects an unknown branch', async () => {
  const branchId = '0190a000-0000-7000-8000-000000000000';
  await expect(validateCard(shop.ctx, { ...card, branchId })).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

it('installments reject amounts, rates and counts out of range, together', async () => {
  const terms = { amount: amount('1.005'), annualRate: amount(101), count: 481, startDate: '2026-01-31' };
  await expect(calculateInstallments(shop.ctx, terms)).rejects.toMatchObject({
    errors: [
      { field: 'amount', code: 'PRECISION' },
      { field: 'annualRate', code: 'OUT_OF_RANGE' },
      { field: 'count', code: 'OUT_OF_RANGE' },
    ],
  });
  const precise = { ...terms, amount: amount(1), annualRate: amount('1.00001'), count: 0 };
  await expect(calculateInstallments(shop.ctx, precise)).rejects.toMatchObject({
    errors: [
      { field: 'annualRate', code: 'PRECISION' },
      { field: 'count', code: 'OUT_OF_RANGE' },
    ],
  });
});
