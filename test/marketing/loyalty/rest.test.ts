/** The loyalty program over REST: each documented status, and the answers as clients read them. */
import { signedInOwner } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let token: string;
let customerId: string;
beforeAll(async () => {
  platform = await startTestPlatform();
  ({ token } = await signedInOwner(platform.services));
  customerId = (await call<{ id: string }>('POST', '/customers', { name: 'Ann' })).body.id;
}, 60_000);
afterAll(() => platform.stop());

async function call<Body = Record<string, unknown>>(
  method: string,
  path: string,
  body?: unknown,
  as: string | undefined = token,
) {
  const answer = await platform.rest(method, `/api/v1${path}`, { token: as, ...(body ? { body } : {}) });
  return { status: answer.status, body: answer.body as Body };
}

const outcome = async (...request: Parameters<typeof call>) => {
  const { status, body } = await call<{ code?: string }>(...request);
  return [status, body.code];
};

it('answers each step of a customer with points', async () => {
  const points = { points: 100, reason: 'Sorry' };
  expect(await outcome('POST', `/loyalty/${customerId}/enroll`, {})).toEqual([409, 'ILLEGAL_STATE']);
  expect(await call('PUT', '/loyalty/program', { active: true, expiry_days: 30 })).toMatchObject({
    status: 200,
    body: { active: true, earn_rate: '1', expiry_days: 30, version: 1 },
  });
  expect(await call('POST', `/loyalty/${customerId}/enroll`, { birthday: '03-14' })).toMatchObject({
    status: 201,
    body: { points: 0, birthday: '03-14' },
  });
  expect(await call('POST', '/loyalty/points/add', { customer_id: customerId, ...points })).toMatchObject({
    status: 201,
    body: { kind: 'grant', points: 100, balance: 100, number: 1 },
  });
  expect(await call('POST', `/customers/${customerId}/loyalty-points`, points)).toMatchObject({
    status: 201,
    body: { balance: 200, number: 2 },
  });
  const redemption = { customer_id: customerId, points: 150, reason: 'A lamp', reference: 'R-1' };
  expect(await call('POST', '/loyalty/points/redeem', redemption)).toMatchObject({
    status: 201,
    body: { value: '1.50', entry: { points: -150, balance: 50, reference: 'R-1' } },
  });
  const error = await call('POST', '/loyalty/points/redeem', redemption);
  expect(error).toMatchObject({
    status: 422,
    body: { code: 'POINTS_INSUFFICIENT', details: { balance: 50 }, errors: [{ field: 'points' }] },
  });
  expect(await call('GET', `/loyalty/${customerId}/balance`)).toMatchObject({
    status: 200,
    body: { points: 50, value: '0.50', pending: 0, tier: null, next_tier: null, expiring: [{ points: 50 }] },
  });
  expect(await call('GET', `/loyalty/${customerId}/entries?size=1`)).toMatchObject({
    status: 200,
    body: { total: 3, items: [{ kind: 'redeem', points: -150 }] },
  });
});

it('answers tiers with their amounts', async () => {
  const created = await call<{ id: string }>('POST', '/loyalty/tiers', { name: 'Silver', threshold: '300' });
  expect(created).toMatchObject({ status: 201, body: { threshold: '300.00', multiplier: '1' } });
  expect(await outcome('POST', '/loyalty/tiers', { name: 'silver', threshold: '400' })).toEqual([
    409,
    'ALREADY_EXISTS',
  ]);
  expect(await call('GET', '/loyalty/tiers')).toMatchObject({
    status: 200,
    body: { items: [{ name: 'Silver' }] },
  });
  const { id } = created.body;
  expect(await call('PUT', `/loyalty/tiers/${id}`, { upkeep: '100' })).toMatchObject({
    status: 200,
    body: { upkeep: '100.00', version: 2 },
  });
  expect((await call('DELETE', `/loyalty/tiers/${id}`)).status).toBe(200);
  expect(await outcome('GET', `/loyalty/tiers/${id}`)).toEqual([404, 'NOT_FOUND']);
});

it('rejects what is malformed, unknown or not permitted', async () => {
  const stranger = '0190a000-000b-7000-8000-00000000ffff';
  expect(await outcome('GET', `/loyalty/${stranger}/balance`)).toEqual([404, 'NOT_FOUND']);
  expect(
    await outcome('POST', '/loyalty/points/add', { customer_id: stranger, points: 1, reason: 'A' }),
  ).toEqual([404, 'NOT_FOUND']);
  expect(await outcome('POST', '/loyalty/points/add', { points: 1, reason: 'A' })).toEqual([
    422,
    'VALIDATION_FAILED',
  ]);
  expect(
    await outcome('POST', `/customers/${customerId}/loyalty-points`, { points: 0, reason: 'A' }),
  ).toEqual([422, 'VALIDATION_FAILED']);
  expect(await outcome('PUT', '/loyalty/program', { hold_days: 400 })).toEqual([422, 'VALIDATION_FAILED']);
  const key = await call<{ key: string }>('POST', '/auth/api-keys', {
    name: 'till',
    permissions: ['pos:sell'],
  });
  const grant = ['POST', `/customers/${customerId}/loyalty-points`, { points: 1, reason: 'A' }] as const;
  expect(await outcome(...grant, key.body.key)).toEqual([403, 'FORBIDDEN']);
  const unsigned = await platform.rest('GET', '/api/v1/loyalty/program');
  expect(unsigned.status).toBe(401);
});
