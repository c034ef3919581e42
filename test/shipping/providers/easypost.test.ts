/** Labels through EasyPost's own SDK, against a double of EasyPost over HTTP, and its signed webhooks over PosPro's own HTTP. */
import { createHmac } from 'node:crypto';
import { SettableClock } from '#kernel/clock';
import { sql } from '#kernel/db/database';
import { updateVariant } from '#subgraphs/catalog/products/products';
import { createOrder } from '#subgraphs/orders/index';
import { generateShippingLabel, shippingLabels } from '#subgraphs/shipping/labels/generate-label';
import { voidShippingLabel } from '#subgraphs/shipping/labels/void-label';
import { carrierSettings, updateShippingCarrier } from '#subgraphs/shipping/providers/carrier-settings';
import { createShipment } from '#subgraphs/shipping/shipments/shipments';
import { requireShownShipment } from '#subgraphs/shipping/shipments/shown-shipments';
import { performShippingWork } from '#subgraphs/shipping/tracking/shipping.worker';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, issuesOf } from '#test/harness/values';
import { startEasypostDouble, trackerOf, type EasypostDouble } from './easypost-double';

const SECRETS = { easypostApiKey: 'EZTK_double', easypostWebhookSecret: 'webhook secret' };
const SENDER = {
  recipient: 'Shop',
  line1: '1 Main St',
  city: 'Austin',
  region: 'TX',
  postalCode: '78701',
  country: 'US',
};

const clock = new SettableClock(new Date());
let easypost: EasypostDouble;
let platform: TestPlatform;
let shop: Shop;
beforeAll(async () => {
  easypost = await startEasypostDouble();
  platform = await startTestPlatform({ clock, env: { EASYPOST_API_URL: easypost.url } });
});
afterAll(async () => {
  await platform.stop();
  await easypost.close();
});
beforeEach(async () => {
  easypost.beforeAnswer = () => undefined;
  easypost.requests.length = 0;
  shop = await openShop(platform, {
    branches: [{ name: 'Main' }],
    articles: [{ sku: 'POT', price: '40.00', stock: '100' }],
  });
  const { productId, variantId } = shop.items.POT!;
  await updateVariant(shop.ctx, productId, variantId, { weight: amount('1.2') });
  await updateShippingCarrier(shop.ctx, { carrier: 'easypost', sender: SENDER, ...SECRETS });
});

async function shipped(postalCode = '94105'): Promise<string> {
  const { order } = await createOrder(shop.ctx, {
    ...{ channel: 'web', status: 'confirmed', items: [{ sku: 'POT', quantity: amount(1) }] },
    shippingAddress: {
      recipient: 'Ann Buyer',
      line1: '417 Montgomery St',
      city: 'San Francisco',
      region: 'CA',
      postalCode,
      country: 'US',
    },
  });
  return (await createShipment(shop.ctx, { orderId: order.id })).id;
}
const sent = () => easypost.requests.map(({ method, path }) => `${method} ${path.replace(/shp_\d+/, 'ID')}`);
const states = (id: string) =>
  shop.ctx.db.many<{ status: string }>(
    sql`select status from shipping_labels where shipment_id = ${id}::uuid`,
  );

it('S6: of 10 concurrent requests one buys the cheapest label, whose PDF all answer', async () => {
  const id = await shipped();
  const before = easypost.purchases();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => generateShippingLabel(shop.request({}), id, {})),
  );
  expect([easypost.purchases() - before, sent()]).toEqual([1, ['POST /shipments', 'POST /shipments/ID/buy']]);
  const [label] = answers[0]!.labels;
  expect(label).toMatchObject({
    carrier: 'USPS',
    service: 'GroundAdvantage',
    amount: amount('4.75'),
    currency: 'USD',
  });
  expect(Buffer.from(label!.content, 'base64').toString()).toMatch(/^%PDF-1\.4 /);
  expect(new Set(answers.map(({ labels }) => labels[0]!.content)).size).toBe(1);
  // 1.2 kg are 42.33 oz, rounded up.
  expect(easypost.requests[0]!.body.shipment).toMatchObject({
    ...{ parcel: { weight: 42.4 }, options: { label_format: 'PDF' } },
    to_address: { name: 'Ann Buyer', street1: '417 Montgomery St', zip: '94105', state: 'CA', country: 'US' },
    from_address: { name: 'Shop', zip: '78701' },
  });
});

it.each(['POST /shipments', 'POST /shipments/ID/buy'])(
  'S6: a label whose answer to %s was lost is bought once, by the worker',
  async (lost) => {
    const id = await shipped();
    const before = easypost.purchases();
    easypost.beforeAnswer = () => {
      if (sent().at(-1) === lost) throw new Error('the connection breaks');
    };
    await expectError('UNAVAILABLE', generateShippingLabel(shop.ctx, id, {}));
    // A second request neither buys another label nor answers none.
    await expectError('UNAVAILABLE', generateShippingLabel(shop.ctx, id, {}));
    easypost.beforeAnswer = () => undefined;
    clock.advance(60_000);
    await performShippingWork(platform.services);
    expect([easypost.purchases() - before, await states(id)]).toEqual([1, [{ status: 'bought' }]]);
    expect((await generateShippingLabel(shop.ctx, id, {})).labels).toHaveLength(1);
  },
);

it('S6: a process that ends after its reservation, or before its settlement, leaves a label that is bought once', async () => {
  const id = await shipped();
  const before = easypost.purchases();
  const begin = platform.services.database.begin.bind(platform.services.database);
  // Each does its first transaction: the reservation, and the storing of the parcel's id at EasyPost.
  for (const work of [
    () => generateShippingLabel(shop.ctx, id, {}),
    () => performShippingWork(platform.services),
  ]) {
    let count = 0;
    const spy = jest.spyOn(platform.services.database, 'begin').mockImplementation((scope, run) => {
      if (scope.organizationId === shop.organizationId) count += 1;
      return count > 1 ? Promise.reject(new Error('the process ended')) : begin(scope, run);
    });
    await work().catch(() => undefined);
    spy.mockRestore();
    expect(await states(id)).toEqual([{ status: 'buying' }]);
    clock.advance(120_000);
  }
  await performShippingWork(platform.services);
  expect([easypost.purchases() - before, await states(id)]).toEqual([1, [{ status: 'bought' }]]);
});

it('is asked without a transaction, a lock or a connection', async () => {
  const busy = () =>
    Object.values(platform.services.database.connections()).reduce((sum, pool) => sum + pool.busy, 0);
  easypost.beforeAnswer = async () => {
    while (busy() > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  };
  expect(
    (await generateShippingLabel(shop.ctx, await shipped(), { service: 'usps/priority' })).labels,
  ).toMatchObject([{ service: 'Priority', amount: amount('7.9') }]);
});

it('names the field of the address, the services and the reason before anything is bought', async () => {
  const before = easypost.purchases();
  const issues = async (id: string, input: Parameters<typeof generateShippingLabel>[2] = {}) =>
    issuesOf(generateShippingLabel(shop.ctx, id, input));
  expect(await issues(await shipped('99999'))).toEqual([
    'shippingAddress.postalCode SHIPMENT.INVALID_PARAMS',
  ]);
  const id = await shipped();
  expect(await issues(id, { service: 'Drone' })).toEqual(['service service_unknown']);
  expect(await issues(id, { parcels: [{ weight: amount(50) }] })).toEqual(['parcels no_rates']);
  await updateShippingCarrier(shop.ctx, { easypostApiKey: 'EZTK_wrong' });
  expect(await issues(id)).toEqual(['parcels account_rejected']);
  await updateShippingCarrier(shop.ctx, { sender: null });
  expect(await issues(id)).toEqual(['sender REQUIRED']);
  expect(easypost.purchases()).toBe(before);
});

it('voids by a refund, once, also after a lost answer', async () => {
  const id = await shipped();
  await generateShippingLabel(shop.ctx, id, {});
  easypost.beforeAnswer = () => {
    if (sent().at(-1) === 'POST /shipments/ID/refund') throw new Error('the connection breaks');
  };
  await expectError('UNAVAILABLE', voidShippingLabel(shop.ctx, id));
  await expectError('ILLEGAL_STATE', generateShippingLabel(shop.ctx, id, {}));
  easypost.beforeAnswer = () => undefined;
  clock.advance(60_000);
  await performShippingWork(platform.services);
  expect(await states(id)).toEqual([{ status: 'voided' }]);
  expect(sent().filter((request) => request.endsWith('refund'))).toHaveLength(1);
});

describe('a webhook', () => {
  const details = [
    {
      object: 'TrackingDetail',
      status: 'in_transit',
      datetime: '2026-03-02T09:50:00Z',
      message: 'Arrived',
      tracking_location: { city: 'RENO', state: 'NV', country: 'US' },
    },
    {
      object: 'TrackingDetail',
      status: 'unknown',
      datetime: '2026-03-02T09:55:00Z',
      message: '',
      tracking_location: null,
    },
  ];
  function send(tracker: object, secret = SECRETS.easypostWebhookSecret) {
    const body = JSON.stringify({
      id: 'evt_1',
      object: 'Event',
      description: 'tracker.updated',
      result: tracker,
    });
    const signature = createHmac('sha256', secret).update(body).digest('hex');
    const headers = {
      'content-type': 'application/json',
      'x-hmac-signature': `hmac-sha256-hex=${signature}`,
    };
    return platform.rest('POST', '/api/v1/shipping/providers/easypost/webhook', { body, headers });
  }

  it('is recorded once, with its place, and only with the secret of the organization', async () => {
    const id = await shipped();
    const { labels } = await generateShippingLabel(shop.ctx, id, {});
    const tracker = trackerOf(labels[0]!.trackingNumber, details);
    expect((await send(tracker, 'other secret')).status).toBe(401);
    expect((await send(tracker)).body).toEqual({ received: true, handled: true });
    expect((await send(tracker)).body).toEqual({ received: true, handled: false });
    expect((await requireShownShipment(shop.ctx, id)).status).toBe('in_transit');
    const events = await shop.ctx.db.many(sql`select status, place, message from tracking_events`);
    expect(events).toEqual([{ status: 'in_transit', place: 'RENO, NV, US', message: 'Arrived' }]);
    expect((await send(trackerOf('9400UNKNOWN', details))).body).toEqual({ received: true, handled: false });
  });

  it('that was lost is made up for by a poll', async () => {
    const id = await shipped();
    const { labels } = await generateShippingLabel(shop.ctx, id, {});
    const [shipment] = [...easypost.shipments.values()].slice(-1);
    shipment!.tracker = trackerOf(labels[0]!.trackingNumber, details);
    clock.advance(3_600_000);
    await performShippingWork(platform.services);
    expect((await requireShownShipment(shop.ctx, id)).status).toBe('in_transit');
  });
});

it('keeps the secrets encrypted, and never shows them', async () => {
  expect(await carrierSettings(shop.ctx.db, shop.ctx.config)).toMatchObject({
    ...{ carrier: 'easypost', hasEasypostApiKey: true, hasEasypostWebhookSecret: true, version: 1 },
  });
  const rows = JSON.stringify(await shop.ctx.db.many(sql`select * from shipping_carrier_settings`));
  const trail = JSON.stringify(await shop.ctx.db.many(sql`select * from audit_changes`));
  for (const secret of Object.values(SECRETS)) {
    expect(rows).not.toContain(secret);
    expect(trail).not.toContain(secret);
  }
  await updateShippingCarrier(shop.ctx, SECRETS);
  expect((await carrierSettings(shop.ctx.db, shop.ctx.config)).version).toBe(1);
  const stranger = await openShop(platform);
  expect(await carrierSettings(stranger.ctx.db, stranger.ctx.config)).toMatchObject({
    carrier: 'sandbox',
    sender: null,
  });
  expect(await issuesOf(updateShippingCarrier(stranger.ctx, { carrier: 'easypost' }))).toEqual([
    'easypostApiKey REQUIRED',
  ]);
  expect((await shippingLabels(shop.ctx, await shipped())).labels).toEqual([]);
});
