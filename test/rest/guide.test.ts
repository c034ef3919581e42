/**
 * The guide's clients, as they stand in shops today, run as they were printed: sign in, scan, quick checkout. Python runs in a real
 * Python; for JavaScript and Dart the same requests go out byte for byte: Dart's http package sends a text body as text/plain.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { findProgram } from '../docs/programs';

const run = promisify(execFile);

const PYTHON = `
import json, sys, urllib.request

BASE_URL = sys.argv[1] + "/api/v1"

def call(method, path, body=None, headers={}):
    data = None if body is None else json.dumps(body).encode("utf-8")
    sent = dict(headers, **({} if data is None else {"Content-Type": "application/json"}))
    request = urllib.request.Request(BASE_URL + path, data=data, headers=sent, method=method)
    with urllib.request.urlopen(request) as response:
        return response.status, json.load(response)

_, session = call("POST", "/auth/login", {"email": "cashier@pospro.com", "password": "secure123"})
headers = {"Authorization": "Bearer " + session["access_token"]}
_, product = call("GET", "/pos/scan/123456789", headers=headers)
status, order = call("POST", "/pos/checkout", {
    "items": [{"product_id": product["id"], "quantity": 2}],
    "payment_method": "cash",
}, headers)
print(json.dumps({"status": status, "product": product["name"], "order": order}))
`;

interface Order {
  status: string;
  total: string;
  paid: string;
  change: string;
  items: { sku: string; quantity: string }[];
  payments: { method: string; amount: string }[];
}

let platform: TestPlatform;
let api: string;

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
  api = `${platform.url}/api/v1`;
}, 120_000);

afterAll(() => platform.stop());

/** What every one of the examples comes to: two bags of coffee for 12.50 each, paid in cash. */
const SOLD = {
  status: 'completed',
  total: '25.00',
  items: [{ sku: 'DEMO-0001', quantity: '2' }],
  payments: [{ method: 'cash', amount: '25.00' }],
};

async function post(path: string, type: string | undefined, body: string, token?: string): Promise<Response> {
  const headers = {
    ...(type && { 'content-type': type }),
    ...(token && { authorization: `Bearer ${token}` }),
  };
  // As bytes, so that fetch adds no type of its own.
  return fetch(`${api}${path}`, { method: 'POST', headers, body: new TextEncoder().encode(body) });
}

/** The guide's three steps with one content type for every body. */
async function buy(type: string | undefined, rest: (product: { id: string }) => object): Promise<Order> {
  const login = await post(
    '/auth/login',
    type,
    JSON.stringify({ email: 'cashier@pospro.com', password: 'secure123' }),
  );
  expect(login.status).toBe(200);
  const { access_token: token } = (await login.json()) as { access_token: string };
  const scan = await fetch(`${api}/pos/scan/123456789`, { headers: { authorization: `Bearer ${token}` } });
  expect(scan.status).toBe(200);
  const product = (await scan.json()) as { id: string };
  const sale = await post('/pos/checkout', type, JSON.stringify(rest(product)), token);
  expect(sale.status).toBe(201);
  return (await sale.json()) as Order;
}

describe('Python', () => {
  const python = findProgram('python3');
  (python ? it : it.skip)(
    `sells with the standard library${python ? '' : ' (skipped: there is no python3 here)'}`,
    async () => {
      const { stdout } = await run(python!, ['-c', PYTHON, platform.url]);
      expect(JSON.parse(stdout)).toMatchObject({
        status: 201,
        product: 'House Blend Coffee 1 kg',
        order: SOLD,
      });
    },
  );

  it('sells with the bytes that `requests` sends', async () => {
    // json= of requests: ASCII, a blank after every comma and colon.
    const { access_token: token } = (await (
      await post(
        '/auth/login',
        'application/json',
        '{"email": "cashier@pospro.com", "password": "secure123"}',
      )
    ).json()) as { access_token: string };
    const body =
      '{"items": [{"barcode": "123456789", "quantity": 2}], "payments": [{"method": "cash", "amount": 25.0}]}';
    const sale = await post('/pos/checkout', 'application/json', body, token);
    expect(sale.status).toBe(201);
    expect(await sale.json()).toMatchObject(SOLD);
  });
});

describe.each([
  ['JavaScript', 'application/json'],
  ['Dart', 'text/plain; charset=utf-8'],
  ['a client that names no type', undefined],
])('%s', (_client, type) => {
  it('sells by barcode, and gets its change', async () => {
    const order = await buy(type, () => ({
      items: [{ barcode: '123456789', quantity: 2 }],
      payments: [{ method: 'cash', amount: '50.00' }],
    }));
    expect(order).toMatchObject({ ...SOLD, paid: '50.00', change: '25.00' });
  });

  it('sells the product that the scan named, with a payment method alone', async () => {
    const order = await buy(type, ({ id }) => ({
      items: [{ product_id: id, quantity: 2 }],
      payment_method: 'cash',
    }));
    expect(order).toMatchObject({ ...SOLD, paid: '25.00', change: '0.00' });
  });
});
