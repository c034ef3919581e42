/** Tax classes in the tax report: as they were recorded when the goods were sold, whatever happens to them later. */
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { accountingExport } from '#subgraphs/analytics/finance/export/accounting-export';
import { accountingJournal } from '#subgraphs/analytics/finance/journal/journal';
import { closeTaxPeriod } from '#subgraphs/analytics/finance/tax-periods/close-tax-period';
import { hashPeriod } from '#subgraphs/analytics/finance/tax-periods/tax-period-hash.rules';
import {
  requireTaxPeriod,
  rowsOfTaxPeriod,
} from '#subgraphs/analytics/finance/tax-periods/tax-periods.queries';
import { taxReport } from '#subgraphs/analytics/finance/tax/tax-report';
import { updateProduct } from '#subgraphs/catalog/products/products';
import { createTaxClass, deleteTaxClass, updateTaxClass } from '#subgraphs/catalog/tax-classes/tax-classes';
import { editOrder } from '#subgraphs/orders/editing/edit-order';
import { cancelOrder } from '#subgraphs/orders/fulfilment/cancel-order';
import { createOrder, partiallyRefundOrder, refundOrder, type FullOrder } from '#subgraphs/orders/index';
import { updateStorefrontSettings } from '#subgraphs/orders/storefront/storefront-settings';
import { withCode } from '#subgraphs/payments/gift-cards/gift-card-ledger';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { checkout } from '#subgraphs/pos/sale/checkout';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { amount } from '#test/harness/values';
import { checkDays } from '#test/pos/day-figures';

const JANUARY = new Date('2026-01-31T10:00:00Z');
const FEBRUARY = new Date('2026-02-02T10:00:00Z');
const DAYS = { from: '2026-01-01', to: '2026-01-31' };
let db: TestDatabase;
let clock: SettableClock;
let till: Till;
let classIds: Record<'food' | 'books', string>;
beforeAll(async () => {
  clock = new SettableClock(JANUARY);
  db = await testDatabase({ clock });
});
beforeEach(async () => {
  clock.set(JANUARY);
  till = await openTill(db, {
    pricesIncludeTax: true,
    articles: [
      { sku: 'BREAD', price: '10.70', tax: '7', stock: '1000' },
      { sku: 'NOVEL', price: '21.40', tax: '7', stock: '1000' },
      { sku: 'CHAIR', price: '119.00', tax: '19', stock: '1000' },
      { sku: 'STAMP', price: '1.00', tax: '7', service: true },
      { sku: 'VOUCHER', price: '10.70', tax: '7', service: true },
    ],
  });
  const newClass = async (code: string) =>
    (await createTaxClass(till.ctx, { name: `Name of ${code}`, code, rate: amount(7) })).id;
  classIds = { food: await newClass('food'), books: await newClass('books') };
  await useClass('BREAD', 'food');
  await useClass('NOVEL', 'books');
  await useClass('STAMP', null);
});
afterAll(() => db.close());

const text = (value: Decimal) => value.toFixed(2);
const useClass = (sku: string, taxClass: string | null) =>
  updateProduct(till.ctx, till.items[sku]!.productId, { taxClass });
const rename = (taxClass: 'food' | 'books', code: string) =>
  updateTaxClass(till.ctx, classIds[taxClass], { code });
const sell = async (...skus: string[]) =>
  (
    await checkout(till.ctx, {
      ...{ items: skus.map((sku) => ({ sku })), registerId: till.registerId, paymentMethod: 'cash' },
    })
  ).order;
const reported = async (days = DAYS) =>
  (await taxReport(till.ctx, days)).rows.map(({ rate, taxClass, net, tax }) =>
    [rate.toFixed(), taxClass, text(net), text(tax)].join(' '),
  );
const classesOf = ({ lines }: Pick<FullOrder, 'lines'>) =>
  lines.map(({ sku, taxClass }) => `${sku} ${taxClass}`);
const itemOf = ({ lines }: FullOrder, sku: string) => ({
  itemId: lines.find((line) => line.sku === sku)!.id,
  quantity: amount(1),
});

it('keeps food and books at 7 % apart, and goods without a class: each with its own tax', async () => {
  const order = await sell('BREAD', 'NOVEL', 'BREAD', 'CHAIR', 'STAMP');
  expect(order.lines.map(({ taxClassId }) => taxClassId).slice(0, 2)).toEqual([
    classIds.food,
    classIds.books,
  ]);
  expect(order.lines.at(-1)).toMatchObject({ taxClass: null, taxClassId: null });
  expect(await reported()).toEqual([
    // Goods without a class have no rate.
    '0  1.00 0.00',
    ...['7 books 20.00 1.40', '7 food 20.00 1.40', '19 T1 100.00 19.00'],
  ]);
  const { rows, net, tax } = await taxReport(till.ctx, DAYS);
  expect(rows.find(({ taxClass }) => taxClass === 'food')!.taxClassId).toBe(classIds.food);
  expect([net, tax].map(text)).toEqual(['141.00', '21.80']);
  await checkDays(till);
});

it('renaming a class changes no past answer: later sales have the new code, with the same id', async () => {
  await sell('BREAD');
  const before = await taxReport(till.ctx, DAYS);
  await rename('food', 'groceries');
  expect(JSON.stringify(await taxReport(till.ctx, DAYS))).toBe(JSON.stringify(before));
  await sell('BREAD');
  expect(await reported()).toEqual(['7 food 10.00 0.70', '7 groceries 10.00 0.70']);
  const { rows } = await taxReport(till.ctx, DAYS);
  expect(new Set(rows.map(({ taxClassId }) => taxClassId))).toEqual(new Set([classIds.food]));
});

it('deleting a class changes no past answer, and another class with its code stays apart', async () => {
  await sell('BREAD');
  const before = await taxReport(till.ctx, DAYS);
  await useClass('BREAD', 'books');
  await deleteTaxClass(till.ctx, classIds.food);
  expect(JSON.stringify(await taxReport(till.ctx, DAYS))).toBe(JSON.stringify(before));
  await createTaxClass(till.ctx, { name: 'Food again', code: 'food', rate: amount(7) });
  await useClass('BREAD', 'food');
  await sell('BREAD');
  expect(await reported()).toEqual(['7 food 10.00 0.70', '7 food 10.00 0.70']);
});

it('a return has the class of the sale, whatever the class of the product is by then', async () => {
  const order = await sell('BREAD', 'NOVEL');
  await useClass('BREAD', 'books');
  await rename('books', 'print');
  const part = await partiallyRefundOrder(till.ctx, order.id, {
    ...{ items: [itemOf(order, 'BREAD')], registerId: till.registerId },
  });
  expect(classesOf(part.order)).toEqual(['BREAD food']);
  const { rows } = await taxReport(till.ctx, DAYS);
  expect(rows.map(({ taxClass, tax, refundsTax }) => [taxClass, text(tax), text(refundsTax)])).toEqual([
    ['books', '1.40', '0.00'],
    ['food', '0.00', '0.70'],
  ]);
  const rest = await refundOrder(till.ctx, order.id, { registerId: till.registerId });
  expect(classesOf(rest.order)).toEqual(['NOVEL books']);
  // Money without goods is of the classes of the lines.
  const other = await sell('BREAD', 'NOVEL');
  const goodwill = await partiallyRefundOrder(till.ctx, other.id, {
    ...{ amount: amount('3.00'), registerId: till.registerId },
  });
  expect(classesOf(goodwill.order)).toEqual(['BREAD print', 'NOVEL print']);
  await checkDays(till);
});

it('an edit keeps the classes of the lines that stay, and adds lines with the present one', async () => {
  const placed = async (status: 'pending' | 'confirmed') =>
    (
      await createOrder(till.ctx, {
        ...{ channel: 'phone', status, items: [{ sku: 'BREAD' }, { sku: 'NOVEL' }] },
      })
    ).order;
  const [pending, confirmed] = [await placed('pending'), await placed('confirmed')];
  await rename('food', 'groceries');
  await useClass('NOVEL', 'groceries');
  const edit = (order: FullOrder) =>
    editOrder(till.ctx, order.id, { remove: [itemOf(order, 'NOVEL')], add: [{ sku: 'NOVEL' }] });
  expect(classesOf((await edit(pending)).order)).toEqual(['BREAD food', 'NOVEL groceries']);
  const { supplement, order } = await edit(confirmed);
  expect([classesOf(order), classesOf(supplement!)]).toEqual([
    ['BREAD food', 'NOVEL books'],
    ['NOVEL groceries'],
  ]);
  expect(await reported()).toEqual([
    // Of the confirmed order, books were sold and came back.
    ...['7 books 0.00 0.00', '7 food 10.00 0.70', '7 groceries 20.00 1.40'],
  ]);
  await checkDays(till);
});

it('offline sales have the classes of the goods', async () => {
  const [result] = await bookOfflineSales(till.ctx, [
    {
      ...{ clientReference: till.ctx.ids.next(), createdAt: JANUARY, items: [{ sku: 'BREAD' }] },
      ...{ paymentMethod: 'card', registerId: till.registerId },
    },
  ]);
  expect([result!.status, await reported()]).toEqual(['created', ['7 food 10.00 0.70']]);
});

it('a single-purpose gift card is taxed in its class when it is sold, and takes that tax off when it pays', async () => {
  await useClass('VOUCHER', 'food');
  await updateProduct(till.ctx, till.items.VOUCHER!.productId, { giftCardPurpose: 'single_purpose' });
  const { giftCards } = await checkout(till.ctx, {
    ...{ items: [{ sku: 'VOUCHER' }], registerId: till.registerId, paymentMethod: 'cash' },
  });
  await rename('food', 'groceries');
  const giftCardCode = withCode(till.ctx, giftCards![0]!).code!;
  await checkout(till.ctx, {
    ...{ items: [{ sku: 'BREAD' }], registerId: till.registerId },
    payments: [{ method: 'gift_card', giftCardCode, amount: amount('10.70') }],
  });
  expect(await reported()).toEqual(['7 food 0.00 0.00', '7 groceries 10.00 0.70']);
});

it('a multi-purpose gift card is sold without a class', async () => {
  await updateProduct(till.ctx, till.items.VOUCHER!.productId, { giftCardPurpose: 'multi_purpose' });
  const { lines } = await sell('VOUCHER');
  expect(lines[0]).toMatchObject({ taxClass: null, taxClassId: null });
  expect(await reported()).toEqual([]);
});

it.each([
  ['highest', ['NOVEL', 'CHAIR'], ['7 books 20.00 1.40', '19 T1 105.00 19.95']],
  // Food and books have no class in common.
  ['highest', ['BREAD', 'NOVEL'], ['7 books 20.00 1.40', '7 food 10.00 0.70', '7  5.56 0.39']],
  ['proportional', ['BREAD', 'BREAD'], ['7 food 25.56 1.79']],
  ['proportional', ['BREAD', 'CHAIR'], ['7 food 10.46 0.73', '19 T1 104.59 19.87']],
  // The rate of the settings is of no class.
  ['fixed', ['BREAD'], ['7 food 15.56 1.09']],
  ['none', ['BREAD'], ['0  5.95 0.00', '7 food 10.00 0.70']],
] as const)(
  'by the rule %s, shipping of %j has the class of its goods',
  async (shippingTaxRule, skus, rows) => {
    await updateStorefrontSettings(till.ctx, { shippingTaxRule });
    const { order } = await createOrder(till.ctx, {
      ...{ channel: 'web', status: 'confirmed', items: skus.map((sku) => ({ sku })) },
      shipping: { amount: amount('5.95') },
    });
    expect(await reported()).toEqual(rows);
    await checkDays(till);
    await cancelOrder(till.ctx, order.id, {});
    expect(new Set((await taxReport(till.ctx, DAYS)).rows.map(({ net }) => text(net)))).toEqual(
      new Set(['0.00']),
    );
    await checkDays(till);
  },
);

it('the journal and its export post each class by itself, and nothing of gift cards between them', async () => {
  await updateStorefrontSettings(till.ctx, { shippingTaxRule: 'highest' });
  await sell('BREAD', 'NOVEL');
  await createOrder(till.ctx, {
    ...{ channel: 'web', status: 'confirmed', items: [{ sku: 'BREAD' }] },
    shipping: { amount: amount('5.35') },
  });
  const { items } = await accountingJournal(till.ctx, { ...DAYS, size: 100 });
  const posted = items
    .filter(({ taxRate }) => taxRate !== null)
    .map(({ kind, taxClass, amount: value }) => `${kind} ${taxClass} ${text(value)}`);
  expect(posted.sort()).toEqual([
    ...['sales books 20.00', 'sales food 20.00', 'sales_tax books 1.40', 'sales_tax food 1.40'],
    ...['shipping food 5.00', 'shipping_tax food 0.35'],
  ]);
  const { content } = await accountingExport(till.ctx, { ...DAYS, format: 'csv' });
  const [headings, ...lines] = content.split('\r\n').map((line) => line.split(','));
  expect(headings!.slice(6, 8)).toEqual(['tax_rate', 'tax_class']);
  const sales = lines.filter((cells) => cells[1] === 'output_tax' && cells[4] === 'sales_tax');
  expect(sales.map((cells) => cells.slice(6, 10)).sort()).toEqual([
    ['7', 'books', '', '1.40'],
    ['7', 'food', '', '1.40'],
  ]);
});

it('F3: a closed period has the classes under its hash, and a late sale its own', async () => {
  await sell('BREAD', 'NOVEL');
  clock.set(FEBRUARY);
  const { id, ...closed } = await closeTaxPeriod(till.ctx, DAYS);
  const rows = await rowsOfTaxPeriod(till.ctx.db, id);
  expect(rows.map(({ taxClass, tax }) => [taxClass, text(tax)])).toEqual([
    ['books', '1.40'],
    ['food', '0.70'],
  ]);
  const { hash, ...period } = await requireTaxPeriod(till.ctx.db, id);
  expect(hash).toBe(closed.hash);
  expect(hashPeriod({ ...period, rows: [...rows].reverse() })).toBe(hash);
  for (const changed of [{ taxClass: 'groceries' }, { taxClassId: classIds.books }, { taxClass: null }])
    expect(hashPeriod({ ...period, rows: [rows[0]!, { ...rows[1]!, ...changed }] })).not.toBe(hash);
  const before = await taxReport(till.ctx, DAYS);
  await rename('food', 'groceries');
  const [late] = await bookOfflineSales(till.ctx, [
    {
      ...{ clientReference: till.ctx.ids.next(), createdAt: new Date('2026-01-31T11:00:00Z') },
      ...{ items: [{ sku: 'BREAD' }], paymentMethod: 'card', registerId: till.registerId },
    },
  ]);
  expect(late!.status).toBe('created');
  expect(JSON.stringify(await taxReport(till.ctx, DAYS))).toBe(JSON.stringify(before));
  const february = await taxReport(till.ctx, { from: '2026-02-01', to: '2026-02-28' });
  expect(
    february.lateRows.map(({ businessDate, taxClass, taxClassId, tax }) => [
      ...[businessDate, taxClass, taxClassId, text(tax)],
    ]),
  ).toEqual([['2026-01-31', 'groceries', classIds.food, '0.70']]);
});

it('the running totals have one row for each class, and no row twice', async () => {
  await sell('BREAD', 'NOVEL');
  await sell('BREAD', 'STAMP');
  const rows = await till.ctx.db.many<{ taxClass: string; net: Decimal }>(sql`
    select t.tax_class, t.net from order_day_taxes t order by t.tax_class`);
  expect(rows.map(({ taxClass, net }) => [taxClass, text(net)])).toEqual([
    ['', '1.00'],
    ['books', '20.00'],
    ['food', '20.00'],
  ]);
});
