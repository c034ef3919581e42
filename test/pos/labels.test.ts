/** Weight and price labels at the till: the label's quantity is sold, even if a till sends a 1 with every scan. */
import { checkDigit } from '#subgraphs/catalog/barcodes/gtin.rules';
import { createPriceList, setListedPrices } from '#subgraphs/catalog/prices/price-lists';
import { activateProduct, updateProduct } from '#subgraphs/catalog/products/products';
import { partiallyRefundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { parkBasket, recallBasket } from '#subgraphs/pos/parked-sales/parked-sales';
import { exchangeItems } from '#subgraphs/pos/returns/exchange';
import type { CheckoutItemInput } from '#subgraphs/pos/inputs.generated';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { returnItems } from '#subgraphs/pos/returns/unreceipted-returns';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Article, type Till } from '#test/harness/shop';
import { amount, errorOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;

const GOODS: readonly Article[] = [
  { sku: 'CHEESE', price: '20.00', barcode: '12345', stock: '1000', unit: 'kg', places: 3 },
  { sku: 'HAM', price: '10.00', barcode: '54321', stock: '1000', unit: 'kg', places: 3 },
  { sku: 'PIE', price: '4.00', barcode: '77777', stock: '1000', unit: 'piece', places: 0 },
];
const label = (body: string) => body + checkDigit(body);
/** 350 g of cheese, 7.00. */
const CHEESE = label('211234500350');
/** Ham for 5.00, half a kilogram. */
const HAM = label('225432100500');
/** A pie for 3.50. */
const PIE = label('227777700350');

const item = (
  barcode: string,
  quantity?: number | string,
  more: Partial<CheckoutItemInput> = {},
): CheckoutItemInput => ({
  barcode,
  ...(quantity === undefined ? {} : { quantity: amount(quantity) }),
  ...more,
});
const basket = (...items: CheckoutItemInput[]) => ({
  items,
  paymentMethod: 'card' as const,
  registerId: till.registerId,
});
const offline = (...items: CheckoutItemInput[]) => ({
  ...basket(...items),
  clientReference: till.ctx.ids.next(),
});
const lines = (order: { lines: readonly { sku: string; quantity: { toFixed(): string } }[] }) =>
  order.lines.map(({ sku, quantity }) => [sku, quantity.toFixed()]);

beforeEach(async () => (till = await openTill(db, { articles: GOODS })));
beforeAll(async () => (db = await testDatabase()));
afterAll(() => db.close());

describe.each<[string, CheckoutItemInput, string, string]>([
  ['a weight, the quantity left out', item(CHEESE), '0.35', '7'],
  ['a weight with a 1', item(CHEESE, 1), '0.35', '7'],
  ['a weight with the same weight', item(CHEESE, '0.350'), '0.35', '7'],
  ['a price, the quantity left out', item(HAM), '0.5', '5'],
  ['a price with a 1', item(HAM, 1), '0.5', '5'],
  ['a price with what it comes to', item(HAM, '0.5'), '0.5', '5'],
  ['a price on a piece', item(PIE, 1), '1', '3.5'],
])('%s', (_, sold, quantity, total) => {
  it('is the same in calculate, checkout, a parked basket, a return and a sale made offline', async () => {
    const quote = await calculateCheckout(till.ctx, basket(sold));
    expect([quote.lines[0]!.quantity.toFixed(), quote.total.toFixed()]).toEqual([quantity, total]);
    expect(await validateCheckout(till.ctx, basket(sold))).toEqual({ valid: true, issues: [] });
    const { order } = await checkout(till.ctx, basket(sold));
    expect([order.lines[0]!.quantity.toFixed(), order.total.toFixed()]).toEqual([quantity, total]);
    const parked = await parkBasket(till.ctx, { items: [sold] });
    const { basket: recalled } = await recallBasket(till.ctx, parked.id);
    const later = await checkout(till.ctx, {
      ...recalled,
      paymentMethod: 'card',
      registerId: till.registerId,
    });
    expect(later.order.total.toFixed()).toBe(total);
    const back = await returnItems(till.ctx, { items: [sold], reason: 'Off', registerId: till.registerId });
    expect([back.order.lines[0]!.quantity.toFixed(), back.order.total.toFixed()]).toEqual([
      `-${quantity}`,
      `-${total}`,
    ]);
    const [booked] = await bookOfflineSales(till.ctx, [offline(sold)]);
    expect([booked!.status, booked!.posted?.order.total.toFixed()]).toEqual(['created', total]);
  });

  it('comes back by its barcode with the receipt', async () => {
    const given = sold.quantity ?? amount(1);
    const { order } = await checkout(
      till.ctx,
      basket(item(CHEESE), item(HAM), item(PIE), item(CHEESE), item(HAM), item(PIE)),
    );
    const refund = await partiallyRefundOrder(till.ctx, order.id, {
      items: [{ ...sold, quantity: given }],
      method: 'card',
    });
    expect([refund.order.lines[0]!.quantity.toFixed(), refund.order.total.toFixed()]).toEqual([
      `-${quantity}`,
      `-${total}`,
    ]);
    const reason = 'Off';
    const swapped = await exchangeItems(till.ctx, {
      orderId: order.id,
      returned: [sold],
      items: [sold],
      reason,
      registerId: till.registerId,
    });
    expect([swapped.returned.order.total.toFixed(), swapped.sold.order.total.toFixed()]).toEqual([
      `-${total}`,
      total,
    ]);
  });
});

describe.each<[string, CheckoutItemInput, string]>([
  ['two weights in one item', item(CHEESE, 2), '0.35 kg'],
  ['another weight', item(CHEESE, '0.7'), '0.35 kg'],
  ['no weight', item(CHEESE, 0), '0.35 kg'],
  ['two prices in one item', item(HAM, 2), '0.5 kg'],
  ['two pieces with one price label', item(PIE, 2), '1 piece'],
])('%s', (_, sold, stands) => {
  it('is rejected everywhere, and the message names the correction', async () => {
    const fault = { field: 'items.1.quantity', code: 'LABEL_QUANTITY' };
    const good = { sku: 'PIE' };
    const says = [expect.objectContaining(fault)];
    const wrong = basket(good, sold);
    for (const work of [
      calculateCheckout(till.ctx, wrong),
      checkout(till.ctx, wrong),
      returnItems(till.ctx, { ...wrong, paymentMethod: undefined, reason: 'x' } as never),
    ]) {
      const error = await errorOf(work);
      expect([error.code, error.errors]).toEqual(['VALIDATION_FAILED', says]);
      expect(error.message).toContain(`stands for ${stands}. Omit the quantity, or send one item per label.`);
    }
    const { valid, issues } = await validateCheckout(till.ctx, wrong);
    expect([valid, issues.map(({ field, reason, item: index }) => [field, reason, index])]).toEqual([
      false,
      [['items.1.quantity', 'LABEL_QUANTITY', 1]],
    ]);
    const [booked] = await bookOfflineSales(till.ctx, [offline(good, sold)]);
    if (sold.quantity!.isZero()) {
      expect([booked!.status, booked!.error?.errors.map(({ code }) => code)]).toEqual([
        'rejected',
        ['LABEL_QUANTITY'],
      ]);
    } else {
      // It has happened: the goods and the money are booked as the till says, and the label stands beside it.
      expect([booked!.status, booked!.conflicts.map(({ code, item: index }) => [code, index])]).toEqual([
        'conflict',
        [['LABEL_CONTRADICTED', 1]],
      ]);
      expect(booked!.posted!.order.lines[1]!.quantity.toFixed()).toBe(sold.quantity!.toFixed());
    }
    const swap = exchangeItems(till.ctx, {
      returned: [{ sku: 'PIE' }],
      items: wrong.items,
      reason: 'x',
      registerId: till.registerId,
    });
    expect((await errorOf(swap)).errors).toEqual(says);
    const back = exchangeItems(till.ctx, {
      returned: wrong.items,
      items: [good],
      reason: 'x',
      registerId: till.registerId,
    });
    expect((await errorOf(back)).errors).toEqual([
      expect.objectContaining({ ...fault, field: 'returned.1.quantity' }),
    ]);
  });
});

it('sells one item per label, and counts the weight of the labels for the prices of the rest of the basket', async () => {
  const list = await createPriceList(till.ctx, { name: 'Much cheese' });
  await setListedPrices(till.ctx, list.id, [
    { sku: 'CHEESE', price: amount('20.00') },
    { sku: 'CHEESE', price: amount('15.00'), minQuantity: amount(2) },
  ]);
  const by = (quantity: string) => ({ sku: 'CHEESE', quantity: amount(quantity) });
  const prices = async (...items: CheckoutItemInput[]) =>
    (await calculateCheckout(till.ctx, basket(...items))).lines.map(({ unitPrice }) => unitPrice.toFixed());
  // Three labels are 1.05 kg, however they are sent, and not three kilograms.
  expect(await prices(item(CHEESE, 1), item(CHEESE, 1), item(CHEESE, 1), by('0.9'))).toEqual([
    '20',
    '20',
    '20',
    '20',
  ]);
  expect(await prices(item(CHEESE, 1), item(CHEESE), item(CHEESE, '0.35'), by('0.95'))).toEqual([
    '20',
    '20',
    '20',
    '15',
  ]);
  const heavy = label('211234502500');
  expect(await prices(item(heavy, 1))).toEqual(['15']);
  const { order } = await checkout(till.ctx, basket(item(CHEESE, 1), item(CHEESE, 1)));
  expect(lines(order)).toEqual([
    ['CHEESE', '0.35'],
    ['CHEESE', '0.35'],
  ]);
});

it('a price label stands for the same, whatever else is in the basket', async () => {
  const list = await createPriceList(till.ctx, { name: 'Much ham' });
  await setListedPrices(till.ctx, list.id, [
    { sku: 'HAM', price: amount('8.00') },
    { sku: 'HAM', price: amount('5.00'), minQuantity: amount(3) },
  ]);
  const quote = await calculateCheckout(
    till.ctx,
    basket(item(HAM, 1), item(HAM, '0.625'), { sku: 'HAM', quantity: amount(4) }),
  );
  expect(quote.lines.map(({ quantity, unitPrice }) => [quantity.toFixed(), unitPrice.toFixed()])).toEqual([
    ['0.625', '8'],
    ['0.625', '8'],
    ['4', '5'],
  ]);
});

it('goods with a price label are refunded at the price paid, even if their price has changed since', async () => {
  const dear = label('225432100800');
  const items = [item(HAM, 1, { discount: { percent: amount(10) } }), item(dear, 1)];
  const { order } = await checkout(till.ctx, basket(...items));
  const twice = [
    { barcode: dear, quantity: amount(1) },
    { barcode: dear, quantity: amount(1) },
  ];
  expect(
    (await errorOf(partiallyRefundOrder(till.ctx, order.id, { items: twice, method: 'card' }))).errors,
  ).toEqual([expect.objectContaining({ field: 'items.1.quantity', code: 'MORE_THAN_SOLD' })]);
  await updateProduct(till.ctx, till.items.HAM!.productId, { price: amount('16.00') });
  const back = await partiallyRefundOrder(till.ctx, order.id, {
    items: [{ barcode: dear, quantity: amount(1) }],
    method: 'card',
  });
  expect([back.order.total.toFixed(), lines(back.order)]).toEqual(['-8', [['HAM', '-0.8']]]);
  const rest = await partiallyRefundOrder(till.ctx, order.id, {
    items: [{ barcode: HAM, quantity: amount('0.5') }],
    method: 'card',
  });
  expect(rest.order.total.toFixed()).toBe('-4.5');
});

it('an exchange names the returned goods that were not sold', async () => {
  const { order } = await checkout(till.ctx, basket(item(CHEESE)));
  const reason = 'x';
  const swap = (returned: CheckoutItemInput[]) =>
    exchangeItems(till.ctx, {
      orderId: order.id,
      returned,
      items: [{ sku: 'PIE' }],
      reason,
      registerId: till.registerId,
    });
  const unknown = await errorOf(swap([item(CHEESE), item(HAM)]));
  expect([unknown.code, unknown.status, unknown.errors?.map(({ field }) => field)]).toEqual([
    'PRODUCT_NOT_FOUND',
    422,
    ['returned.1'],
  ]);
  const more = await errorOf(swap([item(CHEESE), item(CHEESE)]));
  expect(more.errors).toEqual([
    expect.objectContaining({ field: 'returned.1.quantity', code: 'MORE_THAN_SOLD' }),
  ]);
});

it('an offline till sells at the price it knew, and by the labels of discontinued items', async () => {
  const own = item(HAM, '0.625', { unitPrice: amount('8.00') });
  const [booked] = await bookOfflineSales(till.ctx, [offline(own)]);
  expect([booked!.status, booked!.conflicts.map(({ code }) => code), lines(booked!.posted!.order)]).toEqual([
    'conflict',
    ['PRICE_CHANGED'],
    [['HAM', '0.625']],
  ]);
  expect(booked!.posted!.order.total.toFixed()).toBe('5');
  await activateProduct(till.ctx, till.items.CHEESE!.productId, false);
  const [gone, wrong] = await bookOfflineSales(till.ctx, [
    offline(item(CHEESE, 1)),
    offline(item(CHEESE, 3)),
  ]);
  expect([gone!.status, lines(gone!.posted!.order)]).toEqual(['conflict', [['CHEESE', '0.35']]]);
  expect([wrong!.status, lines(wrong!.posted!.order)]).toEqual(['conflict', [['CHEESE', '3']]]);
});
