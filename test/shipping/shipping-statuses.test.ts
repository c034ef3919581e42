/** Zones, rates and the calculation over REST: each status that OpenAPI documents. */
import {
  commonStatuses,
  operationsAt,
  startStatusTrial,
  type StatusTrial,
  type ValidRequest,
} from '#test/harness/documented-statuses';

const OPERATIONS = operationsAt(/^\/shipping\/(providers|zones|rates|calculate-rate)/);

let trial: StatusTrial;
let zone: string;
let rate: string;
let serial = 0;
const areas = () => [{ country: 'DE', postal_codes: [String(10_000 + (serial += 1))] }];
const newZone = () => ({ name: `Zone ${(serial += 1)}`, areas: areas() });
const newRate = (code = `rate-${(serial += 1)}`) => ({
  ...{ zone_id: zone, code, name: 'Standard' },
  bands: [{ up_to: '5', price: '4.90' }, { price: '9.90' }],
});
const CALCULATION = { parcels: [{ weight: '5.001' }], to: { country: 'AT', postal_code: '1010' } };

async function made(path: string, body: object): Promise<string> {
  const answer = await trial.send(`POST ${path}`, [path, body]);
  expect(answer.status).toBe(201);
  return (answer.body as { id: string }).id;
}

beforeAll(async () => {
  trial = await startStatusTrial(OPERATIONS);
  zone = await made('/shipping/zones', { name: 'Austria', areas: [{ country: 'AT' }] });
  rate = await made('/shipping/rates', newRate('standard'));
}, 120_000);
afterAll(() => trial.stop());

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
