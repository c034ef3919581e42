/** Scans over REST: a code is one part of the path, whatever it is made of. */
import { randomUUID } from 'node:crypto';
import { createContext } from '#kernel/context';
import { signIn } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { openStockedShop } from '#test/inventory/stocked-shop';

let platform: TestPlatform;
let token: string;

beforeAll(async () => {
  platform = await startTestPlatform();
  const { services } = platform;
  const db = {
    services,
    contextFor: (actor: Parameters<typeof createContext>[1]) =>
      createContext(services, actor, { requestId: randomUUID(), address: '127.0.0.1' }),
  };
  const shop = await openStockedShop(db, 1);
  token = (await signIn(db, shop.owner.email)).accessToken;
  const apples = { name: 'Apples', sku: 'APPLES', barcode: '90614141000015', price: '5.00', unit: 'lb' };
  const made = await platform.rest('POST', '/api/v1/products', { token, body: apples });
  expect(made.status).toBe(201);
}, 60_000);
afterAll(() => platform.stop());

const scan = async (barcode: string) => {
  const { status, body } = await platform.rest('GET', `/api/v1/pos/scan/${encodeURIComponent(barcode)}`, {
    token,
  });
  return { status, body: body as Record<string, unknown> & { errors?: unknown } };
};

it.each([
  ['an element string', '(01)90614141000015(3202)000235'],
  ['FNC1', ']C1019061414100001532020002351012\u001d21ABC'],
  ['a Digital Link', 'https://id.example.com/shop/01/90614141000015/10/A%2FB?3202=000235&linkType=all'],
  ['a long Digital Link', `https://id.example.com/01/90614141000015?3202=000235&x=${'y'.repeat(3_500)}`],
])('%s sells what it measures, by its path and in a basket', async (_, barcode) => {
  const { status, body } = await scan(barcode);
  expect([status, body.sku, body.quantity]).toEqual([200, 'APPLES', '2.35']);
  const basket = { items: [{ barcode }] };
  const quote = await platform.rest('POST', '/api/v1/pos/checkout/calculate', { token, body: basket });
  expect([quote.status, (quote.body as { total: string }).total]).toEqual([200, '11.75']);
});

it('says what is wrong with a measure, with a link, and with a code that is too long', async () => {
  const volume = await scan('(01)90614141000015(3152)000075');
  expect([volume.status, volume.body.errors]).toEqual([
    422,
    [
      {
        field: 'barcode',
        code: 'LABEL_UNIT',
        message: 'AI 3152 says 0.75 l, but "Apples" is sold by the lb.',
      },
    ],
  ]);
  const compressed = await scan('https://example.org/AQnYUc1gmiERBhg');
  expect([compressed.status, compressed.body.code]).toEqual([422, 'VALIDATION_FAILED']);
  expect([(await scan('y'.repeat(4_296))).status, (await scan('y'.repeat(4_297))).status]).toEqual([
    404, 414,
  ]);
});
