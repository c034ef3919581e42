/** Tracking by signed webhooks and by poll: each event once, never backwards, and the last parcel delivers the order. */
import { SettableClock } from '#kernel/clock';
import { updateVariant } from '#subgraphs/catalog/products/products';
import { createOrder, orderById } from '#subgraphs/orders/index';
import { generateShippingLabel } from '#subgraphs/shipping/labels/generate-label';
import { voidShippingLabel } from '#subgraphs/shipping/labels/void-label';
import { SANDBOX_SIGNATURE, sandboxSignature } from '#subgraphs/shipping/providers/sandbox/sandbox-carrier';
import { createShipment, trackShipment } from '#subgraphs/shipping/shipments/shipments';
import { requireShownShipment } from '#subgraphs/shipping/shipments/shown-shipments';
import { performShippingWork } from '#subgraphs/shipping/tracking/shipping.worker';
import { eventsOfShipments } from '#subgraphs/shipping/tracking/tracking-events.queries';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError } from '#test/harness/values';

const clock = new SettableClock(new Date());
let platform: TestPlatform;
let shop: Shop;
beforeAll(async () => {
  platform = await startTestPlatform({ clock });
});
afterAll(() => platform.stop());
beforeEach(async () => {
  shop = await openShop(platform, {
    branches: [{ name: 'Main' }],
    articles: [{ sku: 'POT', price: '40.00', stock: '100' }],
  });
  const { productId, variantId } = shop.items.POT!;
  await updateVariant(shop.ctx, productId, variantId, { weight: amount('1.2') });
});

/** A shipped order with the numbers of its parcels. */
async function labelled(parcels = 1, quantity = 1) {
  const { order } = await createOrder(shop.ctx, {
    ...{ channel: 'web', status: 'confirmed' },
    items: [{ sku: 'POT', quantity: amount(quantity) }],
    shippingAddress: {
      ...{ recipient: 'Ann Buyer', line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969' },
      country: 'DE',
    },
  });
  return { orderId: order.id, itemId: order.lines[0]!.id, ...(await sent(order.id, parcels)) };
}

async function sent(orderId: string, parcels: number, itemId?: string) {
  const items = itemId === undefined ? null : [{ itemId, quantity: amount(1) }];
  const { id } = await createShipment(shop.ctx, { orderId, items });
  const { labels } = await generateShippingLabel(shop.ctx, id, {
    parcels: Array.from({ length: parcels }, () => ({ weight: amount(1) })),
  });
  return { id, numbers: labels.map(({ trackingNumber }) => trackingNumber) };
}

interface SentEvent {
  status: string;
  at: string;
  place?: string;
}

async function webhook(trackingNumber: string, events: readonly SentEvent[], signature?: string) {
  const body = JSON.stringify({ trackingNumber, events });
  const response = await fetch(`${platform.url}/api/v1/shipping/providers/sandbox/webhook`, {
    method: 'POST',
    headers: { [SANDBOX_SIGNATURE]: signature ?? sandboxSignature(platform.services.config, body) },
    body,
  });
  return [response.status, ((await response.json()) as { handled?: boolean }).handled];
}
const statusOf = async (id: string) => (await requireShownShipment(shop.ctx, id)).status;
const orderStatus = async (orderId: string) => (await orderById(shop.ctx.db, orderId)).status;
const recorded = async (id: string) =>
  ((await eventsOfShipments(shop.ctx.db, [id])).get(id) ?? []).map(({ status }) => status);

const DELIVERED = { status: 'delivered', at: '2026-03-02T10:05:00Z', place: 'Berlin' };
const IN_TRANSIT = { status: 'in_transit', at: '2026-03-02T09:50:00Z', place: 'Leipzig' };

it('S5: a late in_transit leaves delivered, an event counts once, and the last parcel delivers the order', async () => {
  const { id, orderId, numbers } = await labelled();
  expect(await webhook(numbers[0]!, [DELIVERED])).toEqual([200, true]);
  expect([await statusOf(id), await orderStatus(orderId)]).toEqual(['delivered', 'delivered']);
  expect(await webhook(numbers[0]!, [IN_TRANSIT])).toEqual([200, true]);
  expect(await webhook(numbers[0]!, [DELIVERED, IN_TRANSIT])).toEqual([200, false]);
  expect([await statusOf(id), await recorded(id)]).toEqual(['delivered', ['in_transit', 'delivered']]);
  expect(await trackShipment(platform.contextFor({ kind: 'anonymous' }), numbers[0]!)).toMatchObject({
    status: 'delivered',
    events: [
      { status: 'in_transit', place: 'Leipzig' },
      { status: 'delivered', place: 'Berlin' },
      { status: 'shipped' },
    ],
  });
});

it('S5: returned after delivered starts a new leg', async () => {
  const { id, numbers } = await labelled();
  await webhook(numbers[0]!, [IN_TRANSIT, DELIVERED]);
  await webhook(numbers[0]!, [{ status: 'returned', at: '2026-03-05T08:00:00Z' }]);
  expect([await statusOf(id), await recorded(id)]).toEqual([
    'returned',
    ['in_transit', 'delivered', 'returned'],
  ]);
});

it('S5: an order in two shipments of three parcels is delivered with the last parcel, even if two arrive at once', async () => {
  const { order } = await createOrder(shop.ctx, {
    ...{ channel: 'web', status: 'confirmed' },
    items: [{ sku: 'POT', quantity: amount(2) }],
    shippingAddress: {
      ...{ recipient: 'Ann Buyer', line1: 'Lindenstrasse 12', city: 'Berlin', postalCode: '10969' },
      country: 'DE',
    },
  });
  const one = await sent(order.id, 2, order.lines[0]!.id);
  const other = await sent(order.id, 1);
  await webhook(one.numbers[0]!, [DELIVERED]);
  expect([await statusOf(one.id), await orderStatus(order.id)]).toEqual(['in_transit', 'shipped']);
  await Promise.all([webhook(one.numbers[1]!, [DELIVERED]), webhook(other.numbers[0]!, [DELIVERED])]);
  expect([await statusOf(one.id), await orderStatus(order.id)]).toEqual(['delivered', 'delivered']);
});

it('acknowledges unknown numbers and other bodies, and rejects wrong signatures and unknown providers', async () => {
  const { id, numbers } = await labelled();
  expect(await webhook('SBX0000000000000', [DELIVERED])).toEqual([200, false]);
  expect((await webhook(numbers[0]!, [DELIVERED], 'wrong'))[0]).toBe(401);
  expect(await recorded(id)).toEqual([]);
  const post = (provider: string) =>
    fetch(`${platform.url}/api/v1/shipping/providers/${provider}/webhook`, {
      method: 'POST',
      body: 'no JSON',
    });
  expect((await post('sandbox')).status).toBe(200);
  expect((await post('easypost')).status).toBe(200);
  expect((await post('pigeon')).status).toBe(404);
});

it('a parcel that the carrier has cannot be voided', async () => {
  const { id, numbers } = await labelled();
  await webhook(numbers[0]!, [{ status: 'pre_transit', at: '2026-03-02T08:00:00Z' }]);
  await webhook(numbers[0]!, [IN_TRANSIT]);
  await expectError('ILLEGAL_STATE', voidShippingLabel(shop.ctx, id));
});

it('asks the carrier where parcels are, and stops with the delivery', async () => {
  const { id, orderId } = await labelled();
  expect(await performShippingWork(platform.services)).toBe(0);
  clock.advance(3_600_000);
  await performShippingWork(platform.services);
  expect([await statusOf(id), await recorded(id)]).toEqual(['in_transit', ['pre_transit', 'in_transit']]);
  clock.advance(23 * 3_600_000);
  await performShippingWork(platform.services);
  expect(await statusOf(id)).toBe('out_for_delivery');
  clock.advance(6 * 3_600_000);
  await performShippingWork(platform.services);
  expect([await statusOf(id), await orderStatus(orderId)]).toEqual(['delivered', 'delivered']);
  clock.advance(24 * 3_600_000);
  expect(await performShippingWork(platform.services)).toBe(0);
});
