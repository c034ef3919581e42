/** Zones, rates, the calculation, shipments and labels over REST: each status that OpenAPI documents. */
import {
  commonStatuses,
  fieldsOf,
  operationsAt,
  startStatusTrial,
  UNKNOWN_ID,
  type StatusTrial,
  type ValidRequest,
} from '#test/harness/documented-statuses';
import { sql } from '#kernel/db/database';

const OPERATIONS = operationsAt(
  /^\/shipping\/(pick-list|providers|zones|rates|calculate-rate|carrier|label|shipments|create-shipment)/,
);

let trial: StatusTrial;
let zone: string;
let rate: string;
let labelled: string;
let warehouse: string;
let serial = 0;
const areas = () => [{ country: 'DE', postal_codes: [String(10_000 + (serial += 1))] }];
const newZone = () => ({ name: `Zone ${(serial += 1)}`, areas: areas() });
const newRate = (code = `rate-${(serial += 1)}`) => ({
  ...{ zone_id: zone, code, name: 'Standard' },
  bands: [{ up_to: '5', price: '4.90' }, { price: '9.90' }],
});
const CALCULATION = {
  ...{ parcels: [{ weight: '5.001' }], to: { country: 'AT', postal_code: '1010' }, carrier_rates: false },
};

async function made(path: string, body: object): Promise<string> {
  const answer = await trial.send(`POST ${path}`, [path, body]);
  expect(answer.status).toBe(201);
  return (answer.body as { id: string }).id;
}

beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  zone = await made('/shipping/zones', { name: 'Austria', areas: [{ country: 'AT' }] });
  rate = await made('/shipping/rates', newRate('standard'));
  labelled = await shipped();
  const warehouses = await trial.platform.rest('GET', '/api/v1/inventory/warehouses', { token: trial.token });
  warehouse = (warehouses.body as { items: { id: string }[] }).items[0]!.id;
}, 120_000);
afterAll(() => trial.stop());

const PARCELS = { parcels: [{ weight: '1.2' }] };
const ADDRESS = { recipient: 'Ann', line1: 'Ring 1', city: 'Wien', postal_code: '1010', country: 'AT' };

/** The SKU of a new product. */
async function newSku(): Promise<string> {
  const product = await trial.platform.rest('POST', '/api/v1/products', {
    token: trial.token,
    body: { name: 'Pot', sku: `POT-${(serial += 1)}`, price: '9.00', track_stock: false },
  });
  return (product.body as { sku: string }).sku;
}

/** The body of a new shipment. */
async function orderBody(address: object | null = ADDRESS): Promise<object> {
  const sku = await newSku();
  const order = await trial.platform.rest('POST', '/api/v1/orders', {
    token: trial.token,
    body: { channel: 'web', status: 'confirmed', items: [{ sku }], shipping_address: address },
  });
  return { order_id: (order.body as { id: string }).id };
}

const shipped = async (address?: object | null) =>
  made('/shipping/create-shipment', await orderBody(address));

/** A valid request to each operation. */
const requests = (): Record<string, ValidRequest> => ({
  'GET /shipping/providers': ['/shipping/providers'],
  'GET /shipping/zones': ['/shipping/zones'],
  'POST /shipping/zones': ['/shipping/zones', newZone()],
  'GET /shipping/zones/{id}': [`/shipping/zones/${zone}`],
  'PUT /shipping/zones/{id}': [`/shipping/zones/${zone}`, { description: 'All of it' }],
  'DELETE /shipping/zones/{id}': [`/shipping/zones/${zone}`],
  'GET /shipping/rates': ['/shipping/rates'],
  'POST /shipping/rates': ['/shipping/rates', newRate()],
  'GET /shipping/rates/{id}': [`/shipping/rates/${rate}`],
  'PUT /shipping/rates/{id}': [`/shipping/rates/${rate}`, { enabled: true }],
  'DELETE /shipping/rates/{id}': [`/shipping/rates/${rate}`],
  'POST /shipping/calculate-rate': ['/shipping/calculate-rate', CALCULATION],
  'GET /shipping/carrier': ['/shipping/carrier'],
  'PUT /shipping/carrier': ['/shipping/carrier', { carrier: 'sandbox' }],
  'POST /shipping/create-shipment': ['/shipping/create-shipment', { order_id: UNKNOWN_ID }],
  'GET /shipping/shipments/{id}': [`/shipping/shipments/${labelled}`],
  'GET /shipping/shipments/{id}/packing-slip': [`/shipping/shipments/${labelled}/packing-slip`],
  'GET /shipping/pick-list': [`/shipping/pick-list?warehouse_id=${warehouse}`],
  'GET /shipping/label/{id}': [`/shipping/label/${labelled}`],
  'POST /shipping/label/{id}': [`/shipping/label/${labelled}`, PARCELS],
  'POST /shipping/label/{id}/void': [`/shipping/label/${labelled}/void`],
});

it.each(OPERATIONS)('%s answers each status that does not depend on the operation', async (operation) => {
  expect(await trial.vary(operation, requests()[operation]!)).toEqual(commonStatuses(operation));
});

it('S3: answers 200 with the price of the next band, in the names of REST', async () => {
  const answer = await trial.send(
    'POST /shipping/calculate-rate',
    requests()['POST /shipping/calculate-rate']!,
  );
  expect([answer.status, answer.body]).toEqual([
    200,
    {
      zone_id: zone,
      rates: [
        {
          ...{ provider: 'table', code: 'standard', name: 'Standard', amount: '9.90', currency: 'EUR' },
          ...{ billable_weight: '5.001', weight_unit: 'kg', min_days: null, max_days: null },
          ...{ reason_unavailable: null, message: null },
        },
      ],
      ...{ reason: null, message: null },
    },
  ]);
});

it('answers 409 for a taken name or code, and 200 for a change and a deletion', async () => {
  const taken = { name: 'AUSTRIA', areas: areas() };
  expect(await trial.outcome('POST /shipping/zones', ['/shipping/zones', taken])).toEqual([
    409,
    'ALREADY_EXISTS',
  ]);
  const rateTaken: ValidRequest = ['/shipping/rates', newRate('standard')];
  expect(await trial.outcome('POST /shipping/rates', rateTaken)).toEqual([409, 'ALREADY_EXISTS']);
  const other = await made('/shipping/zones', newZone());
  const otherRate = await made('/shipping/rates', newRate());
  const conflict = { name: 'Other', version: 9 };
  for (const [kind, id] of [
    ['zones', other],
    ['rates', otherRate],
  ] as const) {
    const operation = `/shipping/${kind}/{id}`;
    const path = `/shipping/${kind}/${id}`;
    expect(await trial.outcome(`PUT ${operation}`, [path, conflict])).toEqual([409, 'CONFLICT']);
    expect(await trial.outcome(`DELETE ${operation}`, [`${path}?version=9`])).toEqual([409, 'CONFLICT']);
    expect((await trial.send(`PUT ${operation}`, [path, { name: 'Other' }])).status).toBe(200);
    expect((await trial.send(`DELETE ${operation}`, [path])).body).toEqual({ id, deleted: true });
  }
  for (const operation of OPERATIONS.filter((one) => one.startsWith('GET')))
    expect((await trial.send(operation, requests()[operation]!)).status).toBe(200);
});

it('S6: answers 201 with the label, 201 with the same again, and 409 where there is nothing to void', async () => {
  const operation = 'POST /shipping/label/{id}';
  const path = `/shipping/label/${await shipped()}`;
  const first = await trial.send(operation, [path, { ...PARCELS, service: 'express' }]);
  expect([first.status, (await trial.send(operation, [path])).text]).toEqual([201, first.text]);
  const label = { parcel: 1, carrier: 'Sandbox', service: 'express', amount: '11.9', encoding: 'base64' };
  expect(first.body).toMatchObject({ labels: [label] });
  expect((await trial.send('GET /shipping/label/{id}', [path])).text).toBe(first.text);
  const voided = await trial.send('POST /shipping/label/{id}/void', [`${path}/void`]);
  expect([voided.status, voided.body]).toMatchObject([
    200,
    { status: 'shipped', labels: [{ status: 'voided' }] },
  ]);
  expect(await trial.outcome('POST /shipping/label/{id}/void', [`${path}/void`])).toEqual([
    409,
    'ILLEGAL_STATE',
  ]);
  const { organizationId } = trial.owner;
  const shipmentId = path.split('/').at(-1)!;
  await trial.platform.services.database.system.run(
    sql`update order_shipments set cancelled_at = now() where id = ${shipmentId}::uuid and organization_id = ${organizationId}::uuid`,
  );
  expect(await trial.outcome(operation, [path])).toEqual([409, 'ILLEGAL_STATE']);
  const slip: ValidRequest = [`/shipping/shipments/${shipmentId}/packing-slip`];
  expect(await trial.outcome('GET /shipping/shipments/{id}/packing-slip', slip)).toEqual([
    409,
    'ILLEGAL_STATE',
  ]);
});

it('answers 422 with the field of the address, 409 for an order that is shipped, and 200 with the shipment and the carrier', async () => {
  const answer = await trial.send('POST /shipping/label/{id}', [
    `/shipping/label/${await shipped({ ...ADDRESS, recipient: null })}`,
    PARCELS,
  ]);
  expect([answer.status, fieldsOf(answer)]).toEqual([422, ['shipping_address.recipient REQUIRED']]);
  const body = await orderBody();
  expect(
    (await trial.send('POST /shipping/create-shipment', ['/shipping/create-shipment', body])).status,
  ).toBe(201);
  expect(await trial.outcome('POST /shipping/create-shipment', ['/shipping/create-shipment', body])).toEqual([
    409,
    'ILLEGAL_STATE',
  ]);
  const version = { carrier: 'sandbox', version: 99 };
  expect(await trial.outcome('PUT /shipping/carrier', ['/shipping/carrier', version])).toEqual([
    409,
    'CONFLICT',
  ]);
  for (const operation of ['PUT /shipping/carrier', 'POST /shipping/label/{id}'])
    expect((await trial.send(operation, requests()[operation]!)).status).toBeLessThan(300);
  for (const operation of ['GET /shipping/carrier', 'GET /shipping/shipments/{id}'])
    expect((await trial.send(operation, requests()[operation]!)).status).toBe(200);
});

it('answers 304 for what has not changed, and 404 for an order or a warehouse that is not there', async () => {
  for (const operation of [
    ...['GET /shipping/label/{id}', 'GET /shipping/shipments/{id}'],
    ...['GET /shipping/shipments/{id}/packing-slip', 'GET /shipping/pick-list'],
  ]) {
    const request = requests()[operation]!;
    const { headers } = await trial.send(operation, request);
    const again = { headers: { 'if-none-match': headers.get('etag')! } };
    expect((await trial.send(operation, request, again)).status).toBe(304);
  }
  const noWarehouse: ValidRequest = [`/shipping/pick-list?warehouse_id=${UNKNOWN_ID}`];
  expect(await trial.outcome('GET /shipping/pick-list', noWarehouse)).toEqual([404, 'NOT_FOUND']);
  const noCart: ValidRequest = ['/shipping/calculate-rate', { cart_id: 'cart_unknown' }];
  expect(await trial.outcome('POST /shipping/calculate-rate', noCart)).toEqual([404, 'NOT_FOUND']);
  const unknown = requests()['POST /shipping/create-shipment']!;
  expect(await trial.outcome('POST /shipping/create-shipment', unknown)).toEqual([404, 'NOT_FOUND']);
});

it('answers 200 for the goods of a cart, and 410 for one that has ended', async () => {
  const operation = 'POST /shipping/calculate-rate';
  const added = await trial.platform.rest('POST', '/api/v1/cart/add', {
    token: trial.token,
    body: { sku: await newSku() },
  });
  const { id } = added.body as { id: string };
  const request: ValidRequest = ['/shipping/calculate-rate', { cart_id: id, to: CALCULATION.to }];
  expect((await trial.send(operation, request)).status).toBe(200);
  const { organizationId } = trial.owner;
  await trial.platform.services.database.system.run(
    sql`update carts set expires_at = now() - interval '1 day' where organization_id = ${organizationId}::uuid`,
  );
  expect(await trial.outcome(operation, request)).toEqual([410, 'CART_EXPIRED']);
});

it('has answered every documented status but those of a filter, a branch or a key that nothing here has', () => {
  expect(trial.missing()).toEqual({
    'GET /shipping/carrier': ['409'],
    'GET /shipping/pick-list': ['409'],
    'GET /shipping/rates': ['404'],
    'GET /shipping/zones': ['404'],
    'POST /shipping/calculate-rate': ['409'],
    'POST /shipping/rates': ['404'],
    'POST /shipping/zones': ['404'],
    'PUT /shipping/carrier': ['404'],
  });
});
