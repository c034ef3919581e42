/** Vendors over REST, with each documented status, at the demo shop. */
import { seedDemo } from '#demo/index';
import { demoId } from '#demo/ids';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let manager: string;
let cashier: string;
beforeAll(async () => {
  platform = await startTestPlatform({
    env: { DEMO: 'true' },
    seedDemo: (services) => seedDemo(services, undefined, 1),
  });
  const signIn = async (email: string) => {
    const { body } = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email, password: 'secure123' },
    });
    return (body as { access_token: string }).access_token;
  };
  manager = await signIn('manager@pospro.com');
  cashier = await signIn('cashier@pospro.com');
}, 120_000);
afterAll(() => platform.stop());

interface Options {
  token?: string;
  body?: object;
  headers?: Record<string, string>;
}
const ask = async (method: string, path: string, { token = manager, body, headers = {} }: Options = {}) => {
  const request = { ...(token === '' ? {} : { token }), ...(body && { body }), headers };
  const answer = await platform.rest(method, `/api/v1${path}`, request);
  return { ...answer, body: answer.body as Record<string, unknown> };
};
const statusOf = async (...request: Parameters<typeof ask>) => {
  const { status, body } = await ask(...request);
  return [status, body.code];
};
const vendor = (number: number) => `/vendors/${demoId.vendor(number)}`;
const UNKNOWN = '/vendors/0190a000-0010-7000-8000-00000000ffff';

it('shows a vendor without the number of the account', async () => {
  const { status, body, text } = await ask('GET', vendor(1));
  expect([status, body]).toMatchObject([
    200,
    {
      name: 'Riverbank Ceramics',
      status: 'approved',
      hold_days: 14,
      commission_tax_rate: '19',
      bank_account: { holder: 'Riverbank Ceramics', iban: 'DE89 •••• 3000', bic: null, country: 'DE' },
    },
  ]);
  expect(text).not.toContain('3704');
});

it('lists the products of a vendor in full, also as CSV', async () => {
  const { body } = await ask('GET', `${vendor(1)}/products?sort=price`);
  const items = body.items as { name: string; vendor_id: string; price: string }[];
  expect(items.map(({ name, vendor_id: id, price }) => [name, id, price])).toEqual([
    ['Stoneware mug', demoId.vendor(1), '18.00'],
    ['Serving bowl', demoId.vendor(1), '42.00'],
    ['Teapot', demoId.vendor(1), '59.00'],
  ]);
  const { text } = await ask('GET', `${vendor(1)}/products?format=csv`);
  expect(text.split('\n')[0]).toContain('vendor_id');
});

it('answers each documented status', async () => {
  const routes: [string, string, object?][] = [
    ['GET', ''],
    ['GET', '/products'],
    ['PUT', '', { note: 'Called' }],
    ['POST', '/review', {}],
    ['POST', '/approve', {}],
    ['POST', '/suspend', {}],
    ['POST', '/close', {}],
  ];
  for (const [method, path, body] of routes) {
    const request = body ? { body } : {};
    const route = `${vendor(1)}${path}`;
    expect([route, await statusOf(method, route, { ...request, token: '' })]).toEqual([
      route,
      [401, 'UNAUTHENTICATED'],
    ]);
    expect(await statusOf(method, route, { ...request, token: cashier })).toEqual([403, 'FORBIDDEN']);
    expect(await statusOf(method, `${UNKNOWN}${path}`, request)).toEqual([404, 'NOT_FOUND']);
    if (!body) continue;
    const headers = { 'if-match': '"99"' };
    expect(await statusOf(method, route, { body, headers })).toEqual([412, 'PRECONDITION_FAILED']);
    expect(await statusOf(method, route, { body: { ...body, version: 99 } })).toEqual([409, 'CONFLICT']);
  }
  const created = await ask('POST', '/vendors', { body: { name: 'New pottery' } });
  expect([created.status, created.body.status, created.headers.get('etag')]).toEqual([201, 'applied', '"1"']);
  expect(await statusOf('POST', '/vendors', { body: { name: 'new  POTTERY' } })).toEqual([
    409,
    'ALREADY_EXISTS',
  ]);
  expect(await statusOf('POST', '/vendors', { body: {} })).toEqual([422, 'VALIDATION_FAILED']);
  expect(await statusOf('POST', '/vendors', { body: { name: 'x' }, token: cashier })).toEqual([
    403,
    'FORBIDDEN',
  ]);
  const path = `/vendors/${created.body.id as string}`;
  const steps: [string, string][] = [
    ['review', 'under_review'],
    ['approve', 'approved'],
    ['suspend', 'suspended'],
    ['close', 'closed'],
  ];
  for (const [step, status] of steps)
    expect(await ask('POST', `${path}/${step}`, { body: { reason: 'Try' } })).toMatchObject({
      status: 200,
      body: { status, status_reason: 'Try' },
    });
  const illegal = await ask('POST', `${path}/approve`, { body: {} });
  expect([illegal.status, illegal.body]).toMatchObject([
    409,
    { code: 'ILLEGAL_STATE', details: { status: 'closed', allowed: [] } },
  ]);
});
