/** The exchange rate that an order keeps: that of its day, to the organization's reporting currency. */
import { SettableClock } from '#kernel/clock';
import { updateOrganization } from '#subgraphs/auth/organizations';
import { deleteExchangeRate, setExchangeRate } from '#subgraphs/i18n/rates/exchange-rates';
import { importExchangeRates, recordRate, shownRecordedRate, updateCurrency } from '#subgraphs/i18n/index';
import { refundOrder } from '#subgraphs/orders/index';
import { orderById } from '#subgraphs/orders/order/orders.queries';
import { createOrder } from '#subgraphs/orders/placing/create-order';
import { checkout, returnItems } from '#subgraphs/pos/index';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount, fieldCodeOf } from '#test/harness/values';

/** A Saturday. */
const SATURDAY = new Date('2026-08-08T12:00:00Z');

let db: TestDatabase;
let till: Till;
const clock = new SettableClock(SATURDAY);
beforeAll(async () => {
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(SATURDAY);
  till = await openTill(db);
  await load(
    ['PLN', '2026-08-06', '4.3100'],
    ['PLN', '2026-08-07', '4.2983'],
    ['USD', '2026-08-07', '1.1534'],
  );
});
afterAll(() => db.close());

const load = (...items: readonly [currency: string, date: string, rate: string][]) =>
  importExchangeRates(till.ctx, {
    items: items.map(([currency, date, rate]) => ({ currency, date, rate: amount(rate) })),
  });
const reportIn = (reportingCurrency: string) => updateOrganization(till.ctx, { reportingCurrency });
const sell = async (createdAt?: Date) =>
  (
    await checkout(till.ctx, {
      items: [{ sku: 'TEA', quantity: amount(10) }],
      paymentMethod: 'cash',
      ...(createdAt && { createdAt }),
    })
  ).order;
/** The rate of an order as it is stored, with its total. */
const rateOf = async (id: string) => {
  const { exchangeRate, total } = await orderById(till.ctx.db, id);
  return exchangeRate && shownRecordedRate(exchangeRate, total);
};

it('I4: a sale on Saturday keeps the rate of Friday, with its day, source and path', async () => {
  await reportIn('pln');
  const { id } = await sell();
  expect(await rateOf(id)).toEqual({
    currency: 'PLN',
    rate: '4.2983',
    rateDate: '2026-08-07',
    source: 'file',
    path: ['EUR', 'PLN'],
    // 35.00 EUR are 150.4405 PLN.
    total: '150.44',
  });
});

it('I8: later rates, and the deletion of its own, do not change the rate of an order', async () => {
  await reportIn('PLN');
  const { id } = await sell();
  const kept = await rateOf(id);
  const changed = await setExchangeRate(till.ctx, { currency: 'PLN', date: '2026-08-07', rate: amount('9') });
  expect(await rateOf(id)).toEqual(kept);
  expect(await rateOf((await sell()).id)).toMatchObject({ rate: '9', source: 'manual', total: '315.00' });
  await deleteExchangeRate(till.ctx, changed.id);
  await reportIn('USD');
  expect(await rateOf(id)).toEqual(kept);
  expect(await rateOf((await sell()).id)).toMatchObject({ currency: 'USD', rate: '1.1534', total: '40.37' });
});

it('is not made up: without a rate that is recent enough there is none, and the sale goes on', async () => {
  await reportIn('CHF');
  expect(await rateOf((await sell()).id)).toBeNull();
  await reportIn('PLN');
  clock.set(new Date('2026-08-14T12:00:00Z'));
  expect(await rateOf((await sell()).id)).toMatchObject({ rate: '4.2983' });
  // The last rate is eight days old.
  clock.set(new Date('2026-08-15T12:00:00Z'));
  expect(await rateOf((await sell()).id)).toBeNull();
});

it('is of the day in the time zone of the branch, also for a sale that was made earlier', async () => {
  await reportIn('PLN');
  // 23:30 on Thursday in Berlin.
  expect(await rateOf((await sell(new Date('2026-08-06T21:30:00Z'))).id)).toMatchObject({
    rateDate: '2026-08-06',
  });
  // 00:30 on Friday in Berlin, while it is still Thursday in UTC.
  expect(await rateOf((await sell(new Date('2026-08-06T22:30:00Z'))).id)).toMatchObject({
    rateDate: '2026-08-07',
  });
});

it('of a return is that of its sale, so that both cancel each other out; without a receipt, that of its day', async () => {
  await reportIn('PLN');
  const sale = await sell(new Date('2026-08-06T12:00:00Z'));
  const { order: back } = await refundOrder(till.ctx, sale.id, { reason: 'Broken' });
  expect(await rateOf(sale.id)).toMatchObject({ rate: '4.31', total: '150.85' });
  expect(await rateOf(back.id)).toMatchObject({ rate: '4.31', total: '-150.85' });
  const { order: found } = await returnItems(till.ctx, {
    items: [{ sku: 'TEA', quantity: amount(1), unitPrice: amount('3.50') }],
    reason: 'Found',
    method: 'cash',
  });
  expect(await rateOf(found.id)).toMatchObject({ rate: '4.2983', total: '-15.04' });
});

it('I1: is not rounded in between: the total of a large order has all digits of both rates', async () => {
  till = await openTill(db, { currency: 'USD', articles: [{ sku: 'RING', price: '10000.00', stock: '5' }] });
  await load(['EUR', '2026-08-07', '0.8670018']);
  await importExchangeRates(till.ctx, {
    items: [
      { base: 'EUR', currency: 'USD', date: '2026-08-07', rate: amount('1.1534') },
      { base: 'EUR', currency: 'PLN', date: '2026-08-07', rate: amount('4.3048') },
    ],
  });
  await reportIn('PLN');
  const { order } = await checkout(till.ctx, { items: [{ sku: 'RING' }], paymentMethod: 'card' });
  // By the rate of five digits it would be 37,323.00.
  expect(await rateOf(order.id)).toEqual({
    currency: 'PLN',
    rate: '3.73226981099',
    rateDate: '2026-08-07',
    source: 'file',
    path: ['USD', 'EUR', 'PLN'],
    total: '37322.70',
  });
});

it('I3: the total has the digits of its own currency', async () => {
  await load(['JPY', '2026-08-07', '171.32'], ['KWD', '2026-08-07', '0.3561']);
  const rate = (to: string) => recordRate(till.ctx.db, { from: 'EUR', to, date: '2026-08-08' });
  expect(shownRecordedRate((await rate('JPY'))!, amount('12.34')).total).toBe('2114');
  expect(shownRecordedRate((await rate('KWD'))!, amount('12.34')).total).toBe('4.394');
});

it('I5: uses the other direction of a pair by division', async () => {
  till = await openTill(db, { currency: 'USD' });
  await importExchangeRates(till.ctx, {
    items: [{ base: 'EUR', currency: 'USD', date: '2026-08-07', rate: amount('1.1534') }],
  });
  await reportIn('EUR');
  const { order } = await checkout(till.ctx, {
    items: [{ sku: 'TEA', quantity: amount(10) }],
    paymentMethod: 'card',
  });
  expect(await rateOf(order.id)).toMatchObject({
    rate: '0.867001907404',
    total: '30.35',
    path: ['USD', 'EUR'],
  });
});

it('is kept by orders of other channels and by supplements of other days', async () => {
  await reportIn('PLN');
  const { order } = await createOrder(till.ctx, {
    channel: 'phone',
    items: [{ sku: 'TEA', quantity: amount(2) }],
  });
  expect(await rateOf(order.id)).toMatchObject({ rate: '4.2983', total: '30.09' });
});

it('costs a checkout one statement, and none without a reporting currency', async () => {
  await sell();
  const without = await statementsOf(() => sell());
  expect(without.filter(({ text }) => text.includes('exchange_rates'))).toEqual([]);
  await reportIn('PLN');
  await sell();
  const withRate = await statementsOf(() => sell());
  expect(withRate.filter(({ text }) => text.includes('exchange_rates'))).toHaveLength(1);
  expect(withRate).toHaveLength(without.length + 1);
});

it('the setting is another currency of ISO 4217, in capitals; an empty text removes it', async () => {
  await updateCurrency(till.ctx, 'PLN', { enabled: true });
  expect(await fieldCodeOf(reportIn('HRK'))).toBe('INVALID');
  expect(await fieldCodeOf(reportIn('EUR'))).toBe('SAME');
  expect((await reportIn(' pln ')).reportingCurrency).toBe('PLN');
  expect((await updateOrganization(till.ctx, { name: 'Corner' })).reportingCurrency).toBe('PLN');
  expect((await reportIn('')).reportingCurrency).toBeNull();
  expect(await rateOf((await sell()).id)).toBeNull();
});
