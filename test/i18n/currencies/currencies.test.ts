/** Currencies of ISO 4217 and an organization's settings of them. */
import { listCurrencies, requireCurrency, updateCurrency } from '#subgraphs/i18n/currencies/currencies';
import { currencyName, currencySymbol } from '#subgraphs/i18n/currencies/currency-names.rules';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop } from '#test/harness/shop';
import { amount, codeOf, issuesOf } from '#test/harness/values';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.close());

it('lists what a shop can sell in, with ISO’s digits, the own currency first', async () => {
  const shop = await openShop(db, { currency: 'CHF', cashRoundingStep: amount('0.05') });
  const all = await listCurrencies(shop.ctx, {});
  expect(all[0]).toMatchObject({ code: 'CHF', isBase: true, enabled: true, numericCode: '756', exponent: 2 });
  expect(all[0]!.cashStep.toFixed()).toBe('0.05');
  const digits = new Map(all.map(({ code, exponent }) => [code, exponent]));
  expect(['EUR', 'JPY', 'KWD', 'ISK', 'HUF'].map((code) => digits.get(code))).toEqual([2, 0, 3, 0, 2]);
  for (const code of ['HRK', 'BGN', 'SLL', 'ZWL', 'XAU', 'XXX']) expect(digits.has(code)).toBe(false);
  expect(await codeOf(requireCurrency(shop.ctx, 'HRK'))).toBe('NOT_FOUND');
});

it('is enabled and has a smallest coin, with a version', async () => {
  const shop = await openShop(db, { currency: 'EUR' });
  expect(await requireCurrency(shop.ctx, 'chf')).toMatchObject({
    enabled: false,
    version: 0,
    updatedAt: null,
  });
  const enabled = await updateCurrency(shop.ctx, 'CHF', { enabled: true, cashStep: amount('0.05') });
  expect(enabled).toMatchObject({ enabled: true, version: 1 });
  expect(await updateCurrency(shop.ctx, 'CHF', { cashStep: amount('0.050') })).toMatchObject({ version: 1 });
  expect(await updateCurrency(shop.ctx, 'CHF', { enabled: false, version: 1 })).toMatchObject({ version: 2 });
  expect(await codeOf(updateCurrency(shop.ctx, 'CHF', { enabled: true, version: 1 }))).toBe('CONFLICT');
  await updateCurrency(shop.ctx, 'USD', { enabled: true });
  expect((await listCurrencies(shop.ctx, { enabled: true })).map(({ code }) => code)).toEqual(['EUR', 'USD']);
  expect(await codeOf(updateCurrency(shop.ctx, 'EUR', { enabled: false }))).toBe('ILLEGAL_STATE');
  expect(await issuesOf(updateCurrency(shop.ctx, 'JPY', { cashStep: amount('0.5') }))).toEqual([
    'cashStep PRECISION',
  ]);
  const stranger = await openShop(db);
  expect(await requireCurrency(stranger.ctx, 'USD')).toMatchObject({ enabled: false, version: 0 });
});

it('has names and symbols in any language', () => {
  expect([
    currencyName('CHF', 'de'),
    currencyName('EUR', 'fr'),
    currencySymbol('USD', 'fr'),
    currencySymbol('PLN', 'pl'),
  ]).toEqual(['Schweizer Franken', 'euro', '$', 'zł']);
});
