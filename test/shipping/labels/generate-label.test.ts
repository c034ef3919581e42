/** Labels of the sandbox: bought once, voided, and checked before anything is bought. */
import { sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { updateVariant } from '#subgraphs/catalog/products/products';
import { cancelShipment } from '#subgraphs/orders/fulfilment/ship-order';
import { createOrder, type CreateOrderInput } from '#subgraphs/orders/index';
import { generateShippingLabel, shippingLabels } from '#subgraphs/shipping/labels/generate-label';
import { voidShippingLabel } from '#subgraphs/shipping/labels/void-label';
import { updateShippingCarrier } from '#subgraphs/shipping/providers/carrier-settings';
import { createShipment, trackShipment } from '#subgraphs/shipping/shipments/shipments';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { pdfTexts } from '#test/harness/pdf-text';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, expectError, fieldCodes, issuesOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase();
  shop = await openShop(db, {
    branches: [{ name: 'Main' }],
    articles: [
      { sku: 'POT', price: '40.00', stock: '1000' },
      { sku: 'BOX', price: '5.00', stock: '1000' },
    ],
  });
  const { productId, variantId } = shop.items.POT!;
  await updateVariant(shop.ctx, productId, variantId, { weight: amount('1.2') });
});
afterAll(() => db.close());

const ADDRESS = {
  ...{
    recipient: 'Ann Buyer',
    line1: 'Lindenstrasse 12',
    city: 'Berlin',
    postalCode: '10969',
    country: 'DE',
  },
};

async function shipped(
  shippingAddress: CreateOrderInput['shippingAddress'] = ADDRESS,
  sku = 'POT',
): Promise<{ id: string; orderId: string }> {
  const { order } = await createOrder(shop.ctx, {
    ...{ channel: 'web', status: 'confirmed', shippingAddress },
    items: [{ sku, quantity: amount(2) }],
  });
  return createShipment(shop.ctx, { orderId: order.id });
}
const rows = (shipmentId: string) =>
  shop.ctx.db.many<{ parcel: number; status: string; weight: Decimal }>(sql`
    select parcel, status, weight from shipping_labels where shipment_id = ${shipmentId}::uuid order by created_at, parcel`);
const contents = (answer: Awaited<ReturnType<typeof shippingLabels>>) =>
  answer.labels.map(({ content }) => content);

it('S6: of 10 concurrent requests one buys the label, and all answer the same bytes', async () => {
  const { id } = await shipped();
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => generateShippingLabel(shop.request({}), id, {})),
  );
  expect(await rows(id)).toMatchObject([{ status: 'bought', weight: new Decimal('2.4') }]);
  expect(new Set(answers.flatMap(contents)).size).toBe(1);
  expect(contents(await shippingLabels(shop.ctx, id))).toEqual(contents(answers[0]!));
  const events = await shop.ctx.db.many(
    sql`select payload from outbox_events where type = 'shipment.changed' and key = ${id}`,
  );
  expect(events).toHaveLength(1);
});

it('the PDF has the addresses, the weight and the number, which becomes that of the shipment', async () => {
  const { id } = await shipped();
  const { labels } = await generateShippingLabel(shop.ctx, id, {});
  const [{ trackingNumber, fileName, content, encoding }] = labels as [(typeof labels)[0]];
  expect([fileName, encoding]).toEqual([`label-${trackingNumber}.pdf`, 'base64']);
  const text = pdfTexts(Buffer.from(content, 'base64')).flat().join('\n');
  for (const part of ['Ann Buyer', 'Lindenstrasse 12', '10969 Berlin', 'DE', '2.4 kg', trackingNumber])
    expect(text).toContain(part);
  // 3.90, and 0.50 for each of three kilograms that have begun.
  expect(labels).toMatchObject([
    { parcel: 1, carrier: 'Sandbox', service: 'standard', amount: amount('5.4'), currency: 'EUR' },
  ]);
  expect(await trackShipment(shop.ctx, trackingNumber.toLowerCase())).toMatchObject({
    ...{ number: trackingNumber, carrier: 'Sandbox', status: 'label_bought' },
    events: [{ status: 'shipped' }],
  });
});

it('S6: a void frees the shipment for a new label with another number', async () => {
  const { id } = await shipped();
  const first = await generateShippingLabel(shop.ctx, id, {});
  expect(await voidShippingLabel(shop.ctx, id)).toMatchObject({ status: 'shipped', trackingNumber: null });
  expect((await shippingLabels(shop.ctx, id)).labels).toEqual([]);
  await expectError('ILLEGAL_STATE', voidShippingLabel(shop.ctx, id));
  const second = await generateShippingLabel(shop.ctx, id, { service: 'Express' });
  expect(second.labels).toMatchObject([{ service: 'express', amount: amount('12.9') }]);
  expect(second.labels[0]!.trackingNumber).not.toBe(first.labels[0]!.trackingNumber);
  expect(await rows(id)).toMatchObject([{ status: 'voided' }, { status: 'bought' }]);
});

it('each parcel has a label of its own, and other parcels need a void first', async () => {
  const { id } = await shipped();
  const parcels = [
    { weight: amount('1.25'), length: amount(30), width: amount(20), height: amount(10) },
    { weight: amount(2), weightUnit: 'lb' as const },
  ];
  const answers = await Promise.all(
    [1, 2, 3].map(() => generateShippingLabel(shop.request({}), id, { parcels })),
  );
  expect(new Set(answers.flatMap(contents)).size).toBe(2);
  expect(await rows(id)).toMatchObject([
    { parcel: 1, weight: new Decimal('1.25') },
    // 0.90718474 kg, rounded up to a gram.
    { parcel: 2, weight: new Decimal('0.908') },
  ]);
  const numbers = answers[0]!.labels.map(({ trackingNumber }) => trackingNumber);
  expect(new Set(numbers).size).toBe(2);
  expect(await trackShipment(shop.ctx, numbers[1]!)).toMatchObject({ number: numbers[1] });
  await expectError('ILLEGAL_STATE', generateShippingLabel(shop.ctx, id, { parcels: parcels.slice(1) }));
  await voidShippingLabel(shop.ctx, id);
  const one = await generateShippingLabel(shop.ctx, id, { parcels: parcels.slice(1) });
  expect(one.labels).toHaveLength(1);
});

it('names the field of an address before anything is bought', async () => {
  const issues = async (address: CreateOrderInput['shippingAddress'], sku = 'POT') => {
    const { id } = await shipped(address, sku);
    const found = await issuesOf(generateShippingLabel(shop.ctx, id, {}));
    expect((await rows(id)).filter(({ status }) => status !== 'failed')).toEqual([]);
    return found;
  };
  expect(await issues({ ...ADDRESS, recipient: null })).toEqual(['shippingAddress.recipient REQUIRED']);
  expect(await issues({ ...ADDRESS, postalCode: null })).toEqual(['shippingAddress.postalCode REQUIRED']);
  expect(await issues({ ...ADDRESS, line1: 'x'.repeat(51) })).toEqual(['shippingAddress.line1 LENGTH']);
  expect(await issues(null)).toEqual(['shippingAddress REQUIRED']);
  // The carrier's own errors come before the purchase, too.
  expect(await issues({ ...ADDRESS, postalCode: '00000' })).toEqual([
    'shippingAddress.postalCode address_unknown',
  ]);
  expect(await issues(ADDRESS, 'BOX')).toEqual(['parcels REQUIRED']);
});

it('of several parcels none is bought if the carrier rejects one', async () => {
  const { id } = await shipped();
  const parcels = [{ weight: amount(1) }, { weight: amount(40) }];
  expect(await issuesOf(generateShippingLabel(shop.ctx, id, { parcels }))).toEqual(['parcels too_heavy']);
  expect(await rows(id)).toMatchObject([{ status: 'failed' }, { status: 'failed' }]);
  await expectError('ILLEGAL_STATE', voidShippingLabel(shop.ctx, id));
  expect((await generateShippingLabel(shop.ctx, id, {})).labels).toHaveLength(1);
});

it('a cancelled shipment gets no label, and its labels can be voided', async () => {
  const { id, orderId } = await shipped();
  await generateShippingLabel(shop.ctx, id, {});
  await cancelShipment(shop.ctx, orderId, id, {});
  await voidShippingLabel(shop.ctx, id);
  await expectError('ILLEGAL_STATE', generateShippingLabel(shop.ctx, id, {}));
});

it('another organization sees no shipment, and one without a carrier buys nothing', async () => {
  const { id } = await shipped();
  const stranger = await openShop(db);
  // A 404 comes before errors of the input.
  const parcels: never[] = [];
  await expectError('NOT_FOUND', generateShippingLabel(stranger.ctx, id, { parcels }));
  await expectError('NOT_FOUND', voidShippingLabel(stranger.ctx, id));
  await expectError('NOT_FOUND', shippingLabels(stranger.ctx, id));
  await updateShippingCarrier(shop.ctx, { carrier: 'manual' });
  expect(await issuesOf(generateShippingLabel(shop.ctx, id, {}))).toEqual(['carrier CARRIER_UNAVAILABLE']);
  const error = await expectError(
    'VALIDATION_FAILED',
    updateShippingCarrier(shop.ctx, { carrier: 'easypost', sender: { ...ADDRESS, country: 'XX' } }),
  );
  expect(fieldCodes(error)).toEqual([['sender.country', 'INVALID']]);
  await updateShippingCarrier(shop.ctx, { carrier: 'sandbox', sender: ADDRESS });
  expect((await generateShippingLabel(shop.ctx, id, {})).labels).toHaveLength(1);
});
