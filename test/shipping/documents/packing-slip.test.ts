/** Packing slips: the goods of one shipment, read back from the PDF. */
import { cancelShipment } from '#subgraphs/orders/fulfilment/ship-order';
import { createOrder } from '#subgraphs/orders/index';
import { packingSlip } from '#subgraphs/shipping/documents/packing-slip';
import { createShipment } from '#subgraphs/shipping/shipments/shipments';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { pdfTexts } from '#test/harness/pdf-text';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db, {
    branches: [{ name: 'Main', code: 'MAIN' }],
    articles: [
      { sku: 'POT', price: '40.00', stock: '1000' },
      { sku: 'CUP', price: '5.25', stock: '1000' },
    ],
  });
});
afterAll(() => db.close());

const ADDRESS = { line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969', country: 'DE' };

async function shippedInPart(recipient = 'Ann Buyer') {
  const { order } = await createOrder(shop.ctx, {
    ...{ channel: 'web', status: 'confirmed', shippingAddress: { ...ADDRESS, recipient } },
    items: [
      { sku: 'POT', quantity: amount(3) },
      { sku: 'CUP', quantity: amount(1) },
    ],
  });
  const [pot] = order.lines;
  const shipment = await createShipment(shop.ctx, {
    ...{ orderId: order.id, carrier: 'DHL', trackingNumber: '00340434161094042571' },
    items: [{ itemId: pot!.id, quantity: amount(2) }],
  });
  return { order, shipment };
}
const textsOf = async (shipmentId: string, prices = false) => {
  const { content, encoding } = await packingSlip(shop.ctx, shipmentId, prices);
  expect(encoding).toBe('base64');
  return pdfTexts(Buffer.from(content, 'base64'));
};

it('has the goods of its shipment alone, the address and the number of the order, and no prices', async () => {
  const { order, shipment } = await shippedInPart();
  const { name, unit } = order.lines[0]!;
  const day = String(order.businessDate);
  const [page, ...others] = await textsOf(shipment.id);
  expect(others).toEqual([]);
  expect(page).toEqual([
    ...['Test Shop', `Packing slip ${order.number}`, order.number],
    ...['Ann Buyer', 'Lindenstrasse 12', '10969 Berlin', 'DE'],
    ...[`Ordered ${day}, shipped ${day}`, 'DHL 00340434161094042571'],
    ...['SKU', 'Product', 'Ordered', 'Shipped', 'Unit'],
    ...['POT', name, '3', '2', unit],
    '1 / 1',
  ]);
});

it('prints prices before discounts only if it is asked to', async () => {
  const { order, shipment } = await shippedInPart();
  const [page] = await textsOf(shipment.id, true);
  expect(page!.slice(9, 16)).toEqual([
    ...['SKU', 'Product', 'Ordered', 'Shipped', 'Unit', 'Price', `Value (${order.currency})`],
  ]);
  expect(page!.slice(21, 23)).toEqual(['40.00', '80.00']);
});

it.each(['Ελένη Παπαδοπούλου', 'Ольга Петрова', 'Nguyễn Thị'])('has the letters of %s', async (recipient) => {
  const { shipment } = await shippedInPart(recipient);
  expect((await textsOf(shipment.id))[0]).toContain(recipient.normalize('NFC'));
});

it('is the same file for the same shipment, and has no other organization', async () => {
  const { shipment } = await shippedInPart();
  const first = await packingSlip(shop.ctx, shipment.id, false);
  expect(await packingSlip(shop.request({}), shipment.id, false)).toEqual(first);
  const stranger = await openShop(db);
  await expectError('NOT_FOUND', packingSlip(stranger.ctx, shipment.id, false));
});

it('a cancelled shipment has none', async () => {
  const { order, shipment } = await shippedInPart();
  await cancelShipment(shop.ctx, order.id, shipment.id, {});
  await expectError('ILLEGAL_STATE', packingSlip(shop.ctx, shipment.id, false));
});
