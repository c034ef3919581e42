/** Rates of days: which one applies, both directions as one row, and rates that are set by hand. */
import { SettableClock } from '#kernel/clock';
import { listCurrencies, updateCurrency } from '#subgraphs/i18n/currencies/currencies';
import { convertCurrency } from '#subgraphs/i18n/rates/convert';
import { deleteExchangeRate, setExchangeRate } from '#subgraphs/i18n/rates/exchange-rates';
import { listExchangeRates, ratesOfDay } from '#subgraphs/i18n/rates/exchange-rates.queries';
import { importExchangeRates } from '#subgraphs/i18n/rates/import-exchange-rates';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, codeOf, errorOf, fieldCodeOf, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
const clock = new SettableClock(new Date('2026-08-13T12:00:00Z'));
beforeAll(async () => {
  db = await testDatabase({ clock });
});
afterAll(() => db.close());
beforeEach(async () => {
  clock.set(new Date('2026-08-13T12:00:00Z'));
  shop = await openShop(db, { currency: 'EUR' });
});

const load = (...items: readonly [currency: string, date: string, rate: string][]) =>
  importExchangeRates(shop.ctx, {
    items: items.map(([currency, date, rate]) => ({ currency, date, rate: amount(rate) })),
  });
const convert = (value: string, from: string, to: string, date?: string) =>
  convertCurrency(shop.ctx, { amount: amount(value), from, to, date });

it('I4: Saturday takes the rate of Friday; before the first rate and after seven days there is none', async () => {
  await load(['PLN', '2026-08-07', '4.2983'], ['PLN', '2026-08-13', '4.3048']);
  expect(await convert('100.00', 'EUR', 'PLN', '2026-08-08')).toMatchObject({
    result: '429.83',
    rate: '4.2983',
    rateDate: '2026-08-07',
    date: '2026-08-08',
    source: 'file',
    path: ['EUR', 'PLN'],
  });
  expect(await convert('100.00', 'EUR', 'PLN')).toMatchObject({ result: '430.48', rateDate: '2026-08-13' });
  const early = await errorOf(convert('100.00', 'EUR', 'PLN', '2026-08-06'));
  expect([early.code, early.status, early.details]).toEqual([
    'RATE_UNAVAILABLE',
    422,
    { from: 'EUR', to: 'PLN', date: '2026-08-06', maxAgeDays: 7 },
  ]);
  expect(await convert('1.00', 'EUR', 'PLN', '2026-08-20')).toMatchObject({ rateDate: '2026-08-13' });
  expect(await codeOf(convert('1.00', 'EUR', 'PLN', '2026-08-21'))).toBe('RATE_UNAVAILABLE');
  const patient = { amount: amount(1), from: 'EUR', to: 'PLN', date: '2026-08-21', maxAgeDays: 8 };
  expect(await convertCurrency(shop.ctx, patient)).toMatchObject({ result: '4.30' });
  expect(await codeOf(convert('1.00', 'USD', 'PLN'))).toBe('RATE_UNAVAILABLE');
});

it('I1: a pair without a rate of its own is converted through the euro, and then through the own currency', async () => {
  await load(['USD', '2026-08-13', '1.1534'], ['PLN', '2026-08-13', '4.3048']);
  expect(await convert('10000.00', 'USD', 'PLN')).toMatchObject({
    result: '37322.70',
    path: ['USD', 'EUR', 'PLN'],
  });
  await setExchangeRate(shop.ctx, { base: 'USD', currency: 'PLN', rate: amount('3.80') });
  expect(await convert('10.00', 'USD', 'PLN')).toMatchObject({
    result: '38.00',
    path: ['USD', 'PLN'],
    source: 'manual',
  });
  shop = await openShop(db, { currency: 'CHF' });
  await load(['USD', '2026-08-13', '1.25'], ['PLN', '2026-08-12', '4.50']);
  expect(await convert('10.00', 'USD', 'PLN')).toMatchObject({
    result: '36.00',
    path: ['USD', 'CHF', 'PLN'],
    rateDate: '2026-08-12',
  });
});

it('I5: both directions are one row, and the inverse is a division', async () => {
  await load(['USD', '2026-08-13', '1.1534']);
  const inverse = await setExchangeRate(shop.ctx, { base: 'USD', currency: 'EUR', rate: amount('0.8') });
  expect(inverse).toMatchObject({ base: 'USD', quote: 'EUR', source: 'manual' });
  expect((await listExchangeRates(shop.ctx.db, {})).items).toMatchObject([{ id: inverse.id }]);
  expect(await convert('100.00', 'EUR', 'USD')).toMatchObject({ result: '125.00', rate: '1.25' });
  expect(await convert('125.00', 'USD', 'EUR')).toMatchObject({ result: '100.00', rate: '0.8' });
  await deleteExchangeRate(shop.ctx, inverse.id);
  expect(await codeOf(convert('1.00', 'EUR', 'USD'))).toBe('RATE_UNAVAILABLE');
  expect(await codeOf(deleteExchangeRate(shop.ctx, inverse.id))).toBe('NOT_FOUND');
});

it('I2: withdrawn currencies have rates of their own time alone; those of the euro convert for ever', async () => {
  const set = (currency: string, date: string) =>
    setExchangeRate(shop.ctx, { currency, date, rate: amount('7.5') });
  expect(await fieldCodeOf(set('HRK', '2023-01-01'))).toBe('WITHDRAWN');
  expect(await set('HRK', '2022-12-30')).toMatchObject({ quote: 'HRK', date: '2022-12-30' });
  expect(await convert('75.00', 'HRK', 'EUR', '2022-12-31')).toMatchObject({
    result: '10.00',
    source: 'manual',
  });
  expect(await convert('753.45', 'HRK', 'EUR')).toMatchObject({ result: '100.00', source: 'fixed' });
  expect(await convert('1000.00', 'FRF', 'DEM')).toMatchObject({
    result: '298.16',
    path: ['FRF', 'EUR', 'DEM'],
    rateDate: '1999-01-01',
  });
  expect(await issuesOf(set('ZZZ', '2020-01-01'))).toEqual(['currency INVALID']);
  expect(await issuesOf(convert('1.00', 'ZZZ', 'EUR'))).toEqual(['from INVALID']);
  expect((await listCurrencies(shop.ctx, {})).map(({ code }) => code)).not.toContain('HRK');
});

it('rejects rates that cannot be right', async () => {
  const set = (input: object) =>
    setExchangeRate(shop.ctx, { currency: 'USD', rate: amount('1.1'), ...input });
  expect(await issuesOf(set({ currency: 'EUR' }))).toEqual(['currency SAME']);
  expect(await issuesOf(set({ rate: amount(0) }))).toEqual(['rate NOT_POSITIVE']);
  expect(await issuesOf(set({ rate: amount('1e13') }))).toEqual(['rate TOO_LARGE']);
  expect(await issuesOf(set({ date: '2026-08-14' }))).toEqual(['date IN_FUTURE']);
});

it('a day in the time zone of the organization is today', async () => {
  shop = await openShop(db, { currency: 'EUR', timeZone: 'Pacific/Auckland' });
  expect(await setExchangeRate(shop.ctx, { currency: 'NZD', rate: amount('1.9') })).toMatchObject({
    date: '2026-08-14',
  });
});

it('lists the rates of a day for the enabled currencies, as cross rates if the base is another one', async () => {
  for (const code of ['USD', 'PLN', 'GBP']) await updateCurrency(shop.ctx, code, { enabled: true });
  await load(
    ['USD', '2026-08-13', '1.1534'],
    ['PLN', '2026-08-12', '4.3048'],
    ['JPY', '2026-08-13', '171.32'],
  );
  expect(await ratesOfDay(shop.ctx, {})).toEqual({
    base: 'EUR',
    date: '2026-08-13',
    rates: [
      { currency: 'PLN', rate: '4.3048', date: '2026-08-12', source: 'file', path: ['EUR', 'PLN'] },
      { currency: 'USD', rate: '1.1534', date: '2026-08-13', source: 'file', path: ['EUR', 'USD'] },
    ],
  });
  const { rates } = await ratesOfDay(shop.ctx, { base: 'usd', date: '2026-08-14' });
  expect(rates.map(({ currency, rate, path }) => [currency, rate, path.join()])).toEqual([
    ['EUR', '0.867001907404', 'USD,EUR'],
    ['PLN', '3.73226981099', 'USD,EUR,PLN'],
  ]);
  expect(await issuesOf(ratesOfDay(shop.ctx, { maxAgeDays: 367 }))).toEqual(['maxAgeDays OUT_OF_RANGE']);
});

it('filters the history by pair, days and source', async () => {
  await load(['USD', '2026-08-11', '1.15'], ['USD', '2026-08-12', '1.16'], ['PLN', '2026-08-12', '4.30']);
  await setExchangeRate(shop.ctx, { base: 'USD', currency: 'PLN', date: '2026-08-12', rate: amount('3.7') });
  const list = async (filter: object) =>
    (await listExchangeRates(shop.ctx.db, filter)).items.map(
      ({ base, quote, date }) => `${base}${quote} ${date}`,
    );
  expect((await list({ currency: 'PLN' })).sort()).toEqual(['EURPLN 2026-08-12', 'USDPLN 2026-08-12']);
  expect(await list({ currency: 'usd', base: 'eur' })).toEqual(['EURUSD 2026-08-12', 'EURUSD 2026-08-11']);
  expect(await list({ currency: 'USD', from: '2026-08-11', to: '2026-08-11' })).toEqual([
    'EURUSD 2026-08-11',
  ]);
  expect(await list({ source: 'manual' })).toEqual(['USDPLN 2026-08-12']);
  expect(await issuesOf(Promise.resolve().then(() => list({ base: 'EUR' })))).toEqual(['currency REQUIRED']);
  const stranger = await openShop(db);
  expect((await listExchangeRates(stranger.ctx.db, {})).items).toEqual([]);
});
