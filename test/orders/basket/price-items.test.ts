/** Price lists at the till: from their date on, and from a quantity on, wherever a price is shown or charged. */
import { createPriceList, setListedPrices } from '#subgraphs/catalog/prices/price-lists';
import { checkout } from '#subgraphs/pos/index';
import type { CheckoutInput, CheckoutItemInput } from '#subgraphs/pos/inputs.generated';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { scanProduct } from '#subgraphs/pos/scanning/scan-product';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openTill, type Till } from '#test/harness/shop';
import { statementsOf } from '#test/harness/statements';
import { amount } from '#test/harness/values';

let db: TestDatabase;
let till: Till;
const MINUTE = 60_000;
const ago = (minutes: number) => new Date(Date.now() - minutes * MINUTE);
const SELLER = ['pos:sell', 'pos:register'] as const;

beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
  // Tea cost 3.50 until an hour ago; since then it costs 3, from three on 2.50, from ten on 2.
  const since = await createPriceList(till.ctx, { name: 'Since an hour', validFrom: ago(60), priority: 1 });
  await setListedPrices(till.ctx, since.id, [
    { sku: 'TEA', price: amount('3.00') },
    { sku: 'TEA', price: amount('2.50'), minQuantity: amount(3) },
    { sku: 'TEA', price: amount('2.00'), minQuantity: amount(10) },
  ]);
  const later = await createPriceList(till.ctx, { name: 'In an hour', validFrom: ago(-60), priority: 2 });
  await setListedPrices(till.ctx, later.id, [{ sku: 'TEA', price: amount('9.00') }]);
});
afterAll(() => db.close());

const tea = (quantity: number): CheckoutItemInput => ({ sku: 'TEA', quantity: amount(quantity) });
const basket = (items: readonly CheckoutItemInput[], more: Partial<CheckoutInput> = {}): CheckoutInput => ({
  items,
  paymentMethod: 'card',
  registerId: till.registerId,
  ...more,
});
const byBarcode = (quantity: number): CheckoutItemInput => ({
  barcode: '4006381333931',
  quantity: amount(quantity),
});

it('a scan shows the present price of one unit', async () => {
  expect((await scanProduct(till.as(SELLER), '4006381333931')).unitPrice.toFixed()).toBe('3');
});

describe.each<[string, () => CheckoutItemInput[], string, string]>([
  ['below the first tier', () => [tea(2)], '3', '6'],
  ['at a tier', () => [tea(3)], '2.5', '7.5'],
  ['above the last tier', () => [tea(11)], '2', '22'],
  ['one by one', () => [tea(1), tea(1), tea(1)], '2.5', '7.5'],
  [
    'under several names, together',
    () => [tea(8), byBarcode(2), { variantId: till.items.TEA!.variantId }],
    '2',
    '22',
  ],
])('%s', (_, items, price, total) => {
  it('calculate, validate and checkout agree, without the permission for another price', async () => {
    const sold = items();
    const quote = await calculateCheckout(till.as(SELLER), basket(sold));
    expect(quote.lines.map(({ unitPrice }) => unitPrice.toFixed())).toEqual(sold.map(() => price));
    expect(quote.total.toFixed()).toBe(total);
    // What the till shows as the price may be sent along: it is the catalogue's.
    const shown = sold.map((item) => ({ ...item, unitPrice: amount(price) }));
    expect(await validateCheckout(till.as(SELLER), basket(shown))).toEqual({ valid: true, issues: [] });
    const { order } = await checkout(till.as(SELLER), basket(shown));
    expect([order.total.toFixed(), order.lines.map((line) => line.unitPrice.toFixed())]).toEqual([
      total,
      sold.map(() => price),
    ]);
  });
});

it('reads the catalogue once if a basket names each item in one way, and not if its items are cached', async () => {
  const asked = async (items: readonly CheckoutItemInput[]) => {
    const sent = await statementsOf(() => checkout(till.as(SELLER), basket(items)));
    return sent.filter(({ text }) => text.includes('price_list_entries')).length;
  };
  db.services.caches.clear();
  expect(await asked([tea(1), tea(2), { sku: 'tea' }, { sku: 'BREAD' }])).toBe(1);
  db.services.caches.clear();
  // Read in a transaction, so cached only after its commit.
  expect(await asked([tea(1), byBarcode(2)])).toBe(2);
  expect(await asked([tea(1), byBarcode(2)])).toBe(0);
});

it('an offline sale has the prices of its own moment, in a batch and by itself', async () => {
  const made = (minutes: number, quantity: number) => ({
    ...basket([tea(quantity)]),
    payments: null,
    clientReference: till.ctx.ids.next(),
    createdAt: ago(minutes),
  });
  const results = await bookOfflineSales(till.as(SELLER), [made(90, 3), made(30, 3), made(30, 1)]);
  expect(results.map(({ status, posted }) => [status, posted?.order.total.toFixed()])).toEqual([
    ['created', '10.5'],
    ['created', '7.5'],
    ['created', '3'],
  ]);
  const { order } = await checkout(till.as(SELLER), made(90, 3));
  expect(order.total.toFixed()).toBe('10.5');
  expect((await calculateCheckout(till.as(SELLER), made(90, 3))).total.toFixed()).toBe('10.5');
});
