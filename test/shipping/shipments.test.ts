/** Shipments of orders, and their public tracking. */
import { randomUUID } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import { cancelShipment } from '#subgraphs/orders/fulfilment/ship-order';
import { createOrder, deliverOrder, orderById } from '#subgraphs/orders/index';
import { createShipment, trackShipment } from '#subgraphs/shipping/shipments/shipments';
import { shipmentStatus, trackingEvents } from '#subgraphs/shipping/shipments/shipment-states.rules';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
let serial = 0;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db, {
    branches: [{ name: 'Main' }],
    articles: [{ sku: 'POT', price: '40.00', stock: '1000' }],
  });
});
afterAll(() => db.close());

const numbered = () => `jjd0${(serial += 1)}`;
async function ordered(quantity = 3): Promise<{ id: string; itemId: string }> {
  const { order } = await createOrder(shop.ctx, {
    channel: 'web',
    status: 'confirmed',
    items: [{ sku: 'POT', quantity: amount(quantity) }],
    shippingAddress: { recipient: 'Ann Buyer', line1: 'Lindenstrasse 12', city: 'Berlin', country: 'DE' },
  });
  return { id: order.id, itemId: order.lines[0]!.id };
}
const anonymous = (): RequestContext => db.contextFor({ kind: 'anonymous' });

it('ships an order in parts, each with its own number, until nothing is left', async () => {
  const { id: orderId, itemId } = await ordered();
  const first = await createShipment(shop.ctx, {
    ...{ orderId, carrier: ' DHL ', trackingNumber: numbered() },
    items: [{ itemId, quantity: amount(1) }],
  });
  expect(first).toMatchObject({ orderId, carrier: 'DHL', status: 'shipped', deliveredAt: null });
  expect((await orderById(shop.ctx.db, orderId)).status).toBe('confirmed');
  const second = await createShipment(shop.ctx, { orderId });
  expect(second.id).not.toBe(first.id);
  const order = await orderById(shop.ctx.db, orderId);
  expect([order.status, order.lines[0]!.shippedQuantity.toFixed()]).toEqual(['shipped', '3']);
  await expectError('ILLEGAL_STATE', createShipment(shop.ctx, { orderId }));
});

it('a repeated request makes one shipment', async () => {
  const { id: orderId, itemId } = await ordered();
  const idempotencyKey = randomUUID();
  const input = { orderId, items: [{ itemId, quantity: amount(1) }] };
  const ids = new Set<string>();
  for (let attempt = 0; attempt < 3; attempt += 1)
    ids.add((await createShipment(shop.request({ idempotencyKey }), input)).id);
  expect(ids.size).toBe(1);
  expect((await orderById(shop.ctx.db, orderId)).lines[0]!.shippedQuantity.toFixed()).toBe('1');
});

it('checks the input, and knows no order of another organization', async () => {
  const { id: orderId, itemId } = await ordered();
  expect(await issuesOf(createShipment(shop.ctx, { orderId, carrier: 'x'.repeat(101) }))).toEqual([
    'carrier LENGTH',
  ]);
  const items = [{ itemId, quantity: amount(4) }];
  expect(await issuesOf(createShipment(shop.ctx, { orderId, items }))).toEqual([
    'items.0.quantity MORE_THAN_LEFT',
  ]);
  const stranger = await openShop(db);
  await expectError('NOT_FOUND', createShipment(stranger.ctx, { orderId }));
});

it('everyone who has the number sees the state and its moments, and nothing else', async () => {
  const { id: orderId } = await ordered();
  const trackingNumber = numbered();
  await createShipment(shop.ctx, { orderId, carrier: 'DHL', trackingNumber });
  const shipped = await trackShipment(anonymous(), ` ${trackingNumber.toUpperCase()} `);
  expect(shipped).toEqual({
    number: trackingNumber,
    carrier: 'DHL',
    status: 'shipped',
    estimatedOn: null,
    events: [{ status: 'shipped', at: expect.any(Date) as Date, place: null }],
  });
  await deliverOrder(shop.ctx, orderId, {});
  expect(await trackShipment(anonymous(), trackingNumber)).toMatchObject({
    status: 'delivered',
    events: [{ status: 'shipped' }, { status: 'delivered' }],
  });
  await expectError('NOT_FOUND', trackShipment(anonymous(), 'unknown'));
  await expectError('NOT_FOUND', trackShipment(anonymous(), ''));
});

it('a cancelled shipment stays cancelled, and its number may go to another one', async () => {
  const { id: orderId } = await ordered();
  const trackingNumber = numbered();
  const { id } = await createShipment(shop.ctx, { orderId, trackingNumber });
  await cancelShipment(shop.ctx, orderId, id, {});
  expect(await trackShipment(anonymous(), trackingNumber)).toMatchObject({ status: 'cancelled' });
  await createShipment(shop.ctx, { orderId, trackingNumber });
  expect(await trackShipment(anonymous(), trackingNumber)).toMatchObject({ status: 'shipped' });
});

it('S5: the states are in the order of their moments, and the delivery of an order is not that of a cancelled shipment', () => {
  const at = (minute: number) => new Date(Date.UTC(2026, 2, 2, 9, minute));
  const moments = { shippedAt: at(0), deliveredAt: at(9), cancelledAt: null };
  expect(trackingEvents(moments).map(({ status }) => status)).toEqual(['shipped', 'delivered']);
  expect(shipmentStatus({ ...moments, deliveredAt: null })).toBe('shipped');
  expect(shipmentStatus({ ...moments, cancelledAt: at(5) })).toBe('cancelled');
});
