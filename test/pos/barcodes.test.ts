/** Barcodes as scanners send them: every operation of the till sells or rejects them alike. */
import fc from 'fast-check';
import { resolveItems } from '#subgraphs/catalog/index';
import { checkDigit } from '#subgraphs/catalog/barcodes/gtin.rules';
import { createBarcodeRule } from '#subgraphs/catalog/barcodes/barcode-rules';
import { createPriceList, setListedPrices } from '#subgraphs/catalog/prices/price-lists';
import { listProducts } from '#subgraphs/catalog/products/products.queries';
import { adjustStock } from '#subgraphs/inventory/stock/adjustments';
import { partiallyRefundOrder } from '#subgraphs/orders/index';
import { checkout } from '#subgraphs/pos/index';
import { exchangeItems } from '#subgraphs/pos/returns/exchange';
import { bookOfflineSales } from '#subgraphs/pos/offline/offline-sales';
import { calculateCheckout, validateCheckout } from '#subgraphs/pos/sale/checkout-preview';
import { recentlyScannedProducts } from '#subgraphs/pos/scanning/recent-scans.worker';
import { returnItems } from '#subgraphs/pos/returns/unreceipted-returns';
import { scanProduct } from '#subgraphs/pos/scanning/scan-product';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { createProduct } from '#test/harness/products';
import { openTill, type Article, type Till } from '#test/harness/shop';
import { amount, codeOf, errorOf } from '#test/harness/values';

let db: TestDatabase;
let till: Till;

const HAM = '90614141000015';
const GOODS: readonly Article[] = [
  { sku: 'TEA', price: '3.50', barcode: '4006381333931', stock: '1000', unit: 'piece', places: 0 },
  { sku: 'HAM', price: '5.00', barcode: HAM, stock: '1000', unit: 'lb', places: 3 },
  { sku: 'CASE', price: '40.00', barcode: '14006381333938', stock: '1000', unit: 'piece', places: 0 },
  { sku: 'GUM', price: '0.99', barcode: '01234565', stock: '1000', unit: 'piece', places: 0 },
  { sku: 'MAG', price: '6.00', barcode: '9771234567003', stock: '1000', unit: 'piece', places: 0 },
  { sku: 'BOOK', price: '20.00', barcode: '3-16-148410-X', stock: '1000', unit: 'piece', places: 0 },
  { sku: 'STEAK', price: '9.00', barcode: '12345', stock: '1000', unit: 'lb', places: 3 },
];

beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db, { currency: 'USD', articles: GOODS });
});
afterAll(() => db.close());

const basket = (barcode: string) => ({
  items: [{ barcode }],
  paymentMethod: 'card' as const,
  registerId: till.registerId,
});
const steak = (price: string, check: string) => {
  const body = `212345${check}${price}`;
  return body + checkDigit(body);
};

it.each([
  ['4006381333931', 'TEA', '1', '3.5'],
  ['４００６３８１３３３９３１', 'TEA', '1', '3.5'],
  [']E04006381333931', 'TEA', '1', '3.5'],
  ['400638133393105', 'TEA', '1', '3.5'],
  ['https://id.example.com/some/shop/01/04006381333931/10/LOT%2F7?17=301231&linkType=all', 'TEA', '1', '3.5'],
  [
    `]d2\u001d010400638133393121${'S'.repeat(20)}\u001d91${'x'.repeat(90)}\u001d92${'y'.repeat(90)}`,
    'TEA',
    '1',
    '3.5',
  ],
  // The case is not what is in it.
  ['(01)14006381333938', 'CASE', '1', '40'],
  [']I114006381333938', 'CASE', '1', '40'],
  ['012345000065', 'GUM', '1', '0.99'],
  ['0012345000065', 'GUM', '1', '0.99'],
  [']E001234565', 'GUM', '1', '0.99'],
  ['977123456700305', 'MAG', '1', '6'],
  ['9783161484100', 'BOOK', '1', '20'],
  ['316148410X', 'BOOK', '1', '20'],
  ['ISBN 978-3-16-148410-0', 'BOOK', '1', '20'],
  [`(01)${HAM}(3202)000235`, 'HAM', '2.35', '11.75'],
  [`]e001${HAM}3202000235`, 'HAM', '2.35', '11.75'],
  [`(01)${HAM}(3103)001000`, 'HAM', '2.205', '11.03'],
  [`(01)${HAM}(3932)8401175`, 'HAM', '2.35', '11.75'],
  [`https://example.com/01/${HAM}?3202=000235`, 'HAM', '2.35', '11.75'],
  [steak('2700', '1'), 'STEAK', '3', '27'],
])('%s sells %s: %s for %s', async (barcode, sku, quantity, total) => {
  const item = await scanProduct(till.ctx, barcode);
  expect([item.sku, item.quantity.toFixed()]).toEqual([sku, quantity]);
  const quote = await calculateCheckout(till.ctx, basket(barcode));
  expect([quote.lines[0]!.quantity.toFixed(), quote.total.toFixed()]).toEqual([quantity, total]);
  expect(await validateCheckout(till.ctx, basket(barcode))).toEqual({ valid: true, issues: [] });
  const { order } = await checkout(till.ctx, basket(barcode));
  expect([order.lines[0]!.sku, order.total.toFixed()]).toEqual([sku, total]);
  const [booked] = await bookOfflineSales(till.ctx, [
    { ...basket(barcode), clientReference: till.ctx.ids.next() },
  ]);
  expect([booked!.status, booked!.posted!.order.total.toFixed()]).toEqual(['created', total]);
  const back = await partiallyRefundOrder(till.ctx, order.id, {
    items: [{ barcode, quantity: amount(1) }],
    method: 'card',
  });
  expect(back.order.total.toFixed()).toBe(`-${total}`);
  expect((await recentlyScannedProducts(till.ctx, 1)).map((recent) => recent.sku)).toEqual([sku]);
  // Whoever counts the shelf says how many there are; the code only names the goods.
  expect((await adjustStock(till.ctx, { barcode, counted: amount(77) })).variantId).toBe(
    till.items[sku]!.variantId,
  );
});

it.each([
  ['(01)04006381333931(3202)000235', 'LABEL_UNIT', 'AI 3202 says 2.35 lb'],
  [`(01)${HAM}(3152)000075`, 'LABEL_UNIT', 'AI 3152 says 0.75 l'],
  [`(01)${HAM}(3402)000235`, 'LABEL_MEASURE', 'AI 3402 says 2.35 lb, a gross weight'],
  [`(01)${HAM}(3932)9781175`, 'LABEL_CURRENCY', 'AI 3932 says an amount in the currency 978'],
  [`(01)${HAM}(3202)000000`, 'LABEL_ZERO', 'AI 3202 of zero'],
  [steak('0000', '0'), 'LABEL_ZERO', 'A price of zero'],
  [steak('2700', '8'), 'LABEL_CHECK_DIGIT', 'check digit of the price'],
  ['https://example.com/AQnYUc1gmiERBhg', 'BARCODE_UNREADABLE', 'Compressed links'],
  [']C100095201234567891235', 'BARCODE_UNREADABLE', 'only AI 00'],
])('%s sells nothing, for %s', async (barcode, reason, message) => {
  const scan = await errorOf(scanProduct(till.ctx, barcode));
  expect([scan.status, scan.errors]).toEqual([
    422,
    [expect.objectContaining({ field: 'barcode', code: reason })],
  ]);
  expect(scan.message).toContain(message);
  const faults = [expect.objectContaining({ field: 'items.0.barcode', code: reason })];
  for (const work of [calculateCheckout(till.ctx, basket(barcode)), checkout(till.ctx, basket(barcode))]) {
    const error = await errorOf(work);
    expect([error.status, error.errors]).toEqual([422, faults]);
  }
  const { valid, issues } = await validateCheckout(till.ctx, basket(barcode));
  expect([valid, issues.map((issue) => issue.reason)]).toEqual([false, [reason]]);
  const items = [{ barcode }];
  const given = { registerId: till.registerId, reason: 'Off' };
  expect((await errorOf(returnItems(till.ctx, { ...given, items }))).errors).toEqual(faults);
  const swap = await errorOf(exchangeItems(till.ctx, { ...given, returned: [{ sku: 'TEA' }], items }));
  expect(swap.errors).toEqual(faults);
  // A till that was offline has sold the goods already: what it says is booked, and the label stands beside it.
  const sale = {
    ...basket(barcode),
    items: [{ barcode, quantity: amount(2) }],
    clientReference: till.ctx.ids.next(),
  };
  const [booked] = await bookOfflineSales(till.ctx, [sale]);
  if (reason === 'BARCODE_UNREADABLE') {
    expect([booked!.status, booked!.error?.errors.map(({ code }) => code)]).toEqual(['rejected', [reason]]);
    return;
  }
  expect([booked!.status, booked!.posted!.order.lines[0]!.quantity.toFixed()]).toEqual(['conflict', '2']);
  const [conflict] = booked!.conflicts;
  expect(conflict).toMatchObject({
    code: 'LABEL_CONTRADICTED',
    rule: 'label',
    item: 0,
    sold: '2',
    message: scan.message,
  });
});

it('prices a measure in another unit by its quantity in the unit of the goods', async () => {
  const shop = await openTill(db, {
    articles: [{ sku: 'NUTS', price: '10.00', barcode: HAM, stock: '100', unit: 'kg', places: 3 }],
  });
  const list = await createPriceList(shop.ctx, { name: 'Many nuts' });
  await setListedPrices(shop.ctx, list.id, [{ sku: 'NUTS', price: amount(8), minQuantity: amount(2) }]);
  const price = async (pounds: string) =>
    (await scanProduct(shop.ctx, `(01)${HAM}(3200)${pounds}`)).unitPrice.toFixed();
  // 4 lb are 1.814 kg, 5 lb are 2.268 kg.
  expect([await price('000004'), await price('000005')]).toEqual(['10', '8']);
});

it.each([
  ['JPY', '00980', '980'],
  ['KWD', '01250', '1.25'],
  ['EUR', '01250', '12.5'],
])(
  'a price label in %s says %s: %s, by the usual rule and by a rule of the shop',
  async (currency, printed, price) => {
    const shop = await openTill(db, {
      currency,
      articles: [{ sku: 'PIE', price: '4', barcode: '12345', stock: '9', unit: 'piece', places: 0 }],
    });
    const label = (prefix: string) => `${prefix}12345${printed}${checkDigit(`${prefix}12345${printed}`)}`;
    expect((await scanProduct(shop.ctx, label('22'))).unitPrice.toFixed()).toBe(price);
    await createBarcodeRule(shop.ctx, { prefix: '28', measured: 'price' });
    expect((await scanProduct(shop.ctx, label('28'))).unitPrice.toFixed()).toBe(price);
  },
);

it('of an EAN-8 and a UPC-E with the same digits, the one whose form was scanned wins', async () => {
  const article = (sku: string, barcode: string): Article => ({ sku, price: '1.00', barcode, stock: '1' });
  const shop = await openTill(db, {
    articles: [article('SHORT', '01234565'), article('LONG', '012345000065')],
  });
  const scanned = async (text: string) => (await scanProduct(shop.ctx, text)).sku;
  expect(await scanned('01234565')).toBe('SHORT');
  expect(await scanned(']E401234565')).toBe('SHORT');
  expect(await scanned('012345000065')).toBe('LONG');
  expect(await scanned(']E001234565')).toBe('LONG');
});

it('a product is found by any spelling of its number, and no other product may have that number in another spelling', async () => {
  await createProduct(till.ctx, {
    name: 'Novel',
    sku: 'NOVEL',
    price: amount(9),
    barcode: '="978-0-306-40615-7"',
  });
  const [novel] = (await listProducts(till.ctx.db, { barcode: 'ISBN 0-306-40615-2' })).items;
  expect([novel?.sku, novel?.barcode]).toEqual(['NOVEL', '9780306406157']);
  const twin = createProduct(till.ctx, {
    name: 'Twin',
    sku: 'TWIN',
    price: amount(9),
    barcode: '(01)09780306406157(10)A',
  });
  expect(await codeOf(twin)).toBe('ALREADY_EXISTS');
  const rounded = await errorOf(
    createProduct(till.ctx, { name: 'R', sku: 'R', price: amount(9), barcode: '9.78031E+12' }),
  );
  expect(rounded.errors).toEqual([expect.objectContaining({ field: 'barcode', code: 'ROUNDED' })]);
});

it('a wrong check digit never finds another item', async () => {
  const codes = GOODS.flatMap(({ barcode }) => (/^\d{12,14}$/.test(barcode!) ? [barcode!] : []));
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...codes),
      fc.nat(13),
      fc.integer({ min: 1, max: 9 }),
      async (code, place, step) => {
        const at = place % code.length;
        const wrong = code.slice(0, at) + ((Number(code[at]) + step) % 10) + code.slice(at + 1);
        const spellings = [
          wrong,
          wrong.padStart(14, '0'),
          `]E0${wrong}`,
          `(01)${wrong.padStart(14, '0')}`,
          `${wrong} 05`,
        ];
        const found = await resolveItems(
          till.ctx,
          till.ctx.db,
          spellings.map((barcode) => ({ barcode })),
          till.branchId,
        );
        expect(found.every((item) => item === undefined)).toBe(true);
      },
    ),
    { numRuns: 50 },
  );
});
