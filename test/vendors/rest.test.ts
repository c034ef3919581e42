/** Vendors over REST, with each documented status, at the demo shop. */
import { demoId } from '#demo/ids';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
let manager: string;
let cashier: string;
beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
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

it('answers each documented status of an adjustment', async () => {
  const route = `${vendor(1)}/adjustments`;
  const body = { amount: '-4.50', reason: 'Listing fee' };
  const posted = await ask('POST', route, { body, headers: { 'idempotency-key': 'fee-1' } });
  expect([posted.status, posted.body]).toMatchObject([
    201,
    { kind: 'adjustment', amount: '-4.50', reason: 'Listing fee', user_id: demoId.user(2), order_id: null },
  ]);
  const again = await ask('POST', route, { body, headers: { 'idempotency-key': 'fee-1' } });
  expect([again.status, again.body.id]).toEqual([201, posted.body.id]);
  const other = { body: { ...body, amount: '-5' }, headers: { 'idempotency-key': 'fee-1' } };
  expect(await statusOf('POST', route, other)).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  expect(await statusOf('POST', route, { body, token: '' })).toEqual([401, 'UNAUTHENTICATED']);
  expect(await statusOf('POST', route, { body, token: cashier })).toEqual([403, 'FORBIDDEN']);
  expect(await statusOf('POST', `${UNKNOWN}/adjustments`, { body })).toEqual([404, 'NOT_FOUND']);
  const wrong = { body: { amount: '0', reason: '' } };
  expect(await statusOf('POST', route, wrong)).toEqual([422, 'VALIDATION_FAILED']);
});

it('answers each documented status', async () => {
  const routes: [string, string, object?][] = [
    ['GET', ''],
    ['GET', '/products'],
    ['GET', '/orders'],
    ['GET', '/commissions'],
    ['GET', '/entries'],
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

it('reports the commission, the orders and the ledger of a vendor, which agree to the cent', async () => {
  const { body: report } = await ask('GET', `${vendor(1)}/commissions`);
  const totals = report.totals as Record<string, string>;
  const { body: entries } = await ask('GET', `${vendor(1)}/entries?size=100`);
  const items = entries.items as { kind: string; amount: string }[];
  const cents = (amount: string) => Math.round(Number(amount) * 100);
  const amounts = items.map(({ amount }) => cents(amount));
  // What the shop adjusts by hand is in the ledger alone.
  const adjusted = items.flatMap(({ kind, amount }) => (kind === 'adjustment' ? [cents(amount)] : []));
  const { body: shown } = await ask('GET', vendor(1));
  const { body: orders } = await ask('GET', `${vendor(1)}/orders`);
  const earnings = (orders.items as { earnings: string }[]).map((one) => cents(one.earnings));
  const balance = cents(String(shown.balance));
  const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
  const sold = balance - sum(adjusted);
  expect([sum(amounts), sum(earnings), cents(totals.earnings!)]).toEqual([balance, sold, sold]);
  expect(totals).toMatchObject({ currency: 'EUR', sales: '173.00', refunds: '18.00' });
});

it('answers each documented status of the rules of commission', async () => {
  const rule = { name: 'Fair', kind: 'percent', value: '10' };
  const one = `/commission-rules/${demoId.commissionRule(1)}`;
  const unknown = '/commission-rules/0190a000-0038-7000-8000-00000000ffff';
  for (const [method, path, body] of [
    ['GET', '/commission-rules'],
    ['GET', one],
    ['POST', '/commission-rules', rule],
    ['PUT', one, { name: 'Fair' }],
    ['DELETE', one],
  ] as [string, string, object?][]) {
    const request = body ? { body } : {};
    expect(await statusOf(method, path, { ...request, token: '' })).toEqual([401, 'UNAUTHENTICATED']);
    expect(await statusOf(method, path, { ...request, token: cashier })).toEqual([403, 'FORBIDDEN']);
    if (path !== one) continue;
    expect(await statusOf(method, unknown, request)).toEqual([404, 'NOT_FOUND']);
    const headers = { 'if-match': '"99"' };
    if (method !== 'GET')
      expect(await statusOf(method, one, { ...request, headers })).toEqual([412, 'PRECONDITION_FAILED']);
  }
  const created = await ask('POST', '/commission-rules', { body: { ...rule, position: 5000 } });
  expect([created.status, created.body.position, created.body.base]).toEqual([201, 5000, 'net']);
  expect(await statusOf('POST', '/commission-rules', { body: { ...rule, position: 5000 } })).toEqual([
    409,
    'ALREADY_EXISTS',
  ]);
  for (const wrong of [
    { value: '100.5' },
    { value: null },
    { kind: 'fixed', value: '-1' },
    { value: null, tiers: [{ from: '5', percent: '10' }] },
    { minimum: '5', maximum: '4' },
    { category_ids: ['0190a000-0004-7000-8000-00000000ffff'] },
  ])
    expect(await statusOf('POST', '/commission-rules', { body: { ...rule, ...wrong } })).toEqual([
      422,
      'VALIDATION_FAILED',
    ]);
  const path = `/commission-rules/${created.body.id as string}`;
  expect(await statusOf('PUT', path, { body: { name: 'x', version: 9 } })).toEqual([409, 'CONFLICT']);
  const changed = await ask('PUT', path, { body: { maximum: '5.00' } });
  expect([changed.status, changed.body.maximum, changed.headers.get('etag')]).toEqual([200, '5', '"2"']);
  expect(await ask('DELETE', path)).toMatchObject({
    status: 200,
    body: { id: created.body.id, deleted: true },
  });
});
