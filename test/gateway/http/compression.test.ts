/** Answers are compressed as the client accepts: one test for each kind of answer, over the real server. */
import { XLSX_TYPE } from '#kernel/xlsx-format.rules';
import {
  startTestPlatform,
  type RestAnswer,
  type RestRequest,
  type TestPlatform,
} from '#test/harness/platform';

const OWNER = { email: 'admin@pospro.com', password: 'secure123' };

let platform: TestPlatform;
let token: string;

beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 1 });
  const login = await platform.rest('POST', '/api/v1/auth/login', { body: OWNER });
  token = (login.body as { access_token: string }).access_token;
}, 180_000);
afterAll(() => platform.stop());

const ask = (path: string, encoding: string, { headers, ...request }: RestRequest = {}, method = 'GET') =>
  platform.rest(method, path, { token, ...request, headers: { 'accept-encoding': encoding, ...headers } });
const encodingOf = ({ headers }: RestAnswer) => headers.get('content-encoding');

it('a list comes by Brotli or gzip, as the client accepts, and is the same', async () => {
  const path = '/api/v1/products?size=100';
  const [plain, brotli, gzip, none] = await Promise.all(
    ['identity', 'gzip, deflate, br', 'gzip', 'zstd'].map((encoding) => ask(path, encoding)),
  );
  expect([plain, brotli, gzip, none].map((answer) => encodingOf(answer!))).toEqual([
    null,
    'br',
    'gzip',
    null,
  ]);
  expect(new Set([plain, brotli, gzip, none].map((answer) => answer!.text)).size).toBe(1);
  expect(brotli!.headers.get('vary')!.toLowerCase()).toContain('accept-encoding');
  const size = Number(brotli!.headers.get('content-length'));
  if (size > 0) expect(size).toBeLessThan(plain!.text.length / 2);
});

it('a small answer stays as it is', async () => {
  const answer = await ask('/api/v1/ping', 'br, gzip');
  expect([answer.status, encodingOf(answer)]).toEqual([200, null]);
});

it('CSV is compressed while it is written, and a workbook never again', async () => {
  const csv = await ask('/api/v1/products?format=csv', 'gzip');
  expect([csv.headers.get('content-type')?.split(';')[0], encodingOf(csv)]).toEqual(['text/csv', 'gzip']);
  expect(csv.text).toBe((await ask('/api/v1/products?format=csv', 'identity')).text);
  const workbook = await ask('/api/v1/products?format=xlsx', 'gzip, br');
  expect([workbook.headers.get('content-type'), encodingOf(workbook)]).toEqual([XLSX_TYPE, null]);
});

it('an answer of GraphQL is compressed', async () => {
  const body = { query: '{ products(size: 50) { items { id name sku description } } }' };
  const answer = await ask('/graphql', 'br', { body }, 'POST');
  expect([answer.status, encodingOf(answer)]).toEqual([200, 'br']);
  expect(
    (answer.body as { data: { products: { items: unknown[] } } }).data.products.items.length,
  ).toBeGreaterThan(9);
});

it('a compressed answer has a weak tag, by which it is found unchanged', async () => {
  const plain = await ask('/openapi.json', 'identity');
  const brotli = await ask('/openapi.json', 'br');
  expect([encodingOf(plain), encodingOf(brotli)]).toEqual([null, 'br']);
  const tag = plain.headers.get('etag')!;
  expect(brotli.headers.get('etag')).toBe(`W/${tag}`);
  for (const known of [tag, `W/${tag}`]) {
    const again = await ask('/openapi.json', 'br', { headers: { 'if-none-match': known } });
    expect([again.status, again.text, encodingOf(again)]).toEqual([304, '', null]);
  }
});

it('the tag of a version stays strong, so that If-Match accepts it', async () => {
  const [product] = ((await ask('/api/v1/products?size=1', 'br')).body as { items: { id: string }[] }).items;
  const path = `/api/v1/products/${product!.id}`;
  const read = await ask(path, 'br');
  expect([read.status, encodingOf(read)]).toEqual([200, 'br']);
  const headers = { 'if-match': read.headers.get('etag')! };
  expect(headers['if-match']).toMatch(/^"\d+"$/);
  const written = await ask(path, 'br', { body: { name: 'Green tea, loose' }, headers }, 'PUT');
  expect(written.status).toBe(200);
});

it('a replay is compressed as the second caller accepts, and is the same answer', async () => {
  const headers = { 'idempotency-key': 'one product' };
  const body = {
    name: 'Black tea',
    sku: 'BLACK-TEA-1',
    price: '3.50',
    tax_class: 'reduced',
    description: 'Assam. '.repeat(200),
  };
  const first = await ask('/api/v1/products', 'identity', { body, headers }, 'POST');
  const replay = await ask('/api/v1/products', 'gzip', { body, headers }, 'POST');
  expect([first.status, replay.status, replay.headers.get('idempotency-replayed')]).toEqual([
    201,
    201,
    'true',
  ]);
  expect([encodingOf(first), encodingOf(replay)]).toEqual([null, 'gzip']);
  expect(replay.body).toEqual(first.body);
});

it('a compressed request is not decompressed', async () => {
  const headers = { 'content-encoding': 'gzip', 'content-type': 'application/json' };
  const answer = await ask('/api/v1/auth/login', 'br', { body: JSON.stringify(OWNER), headers }, 'POST');
  expect([200, 415]).toContain(answer.status);
});

it('COMPRESSION=false leaves it to a proxy', async () => {
  const other = await startTestPlatform({ env: { COMPRESSION: 'false' } });
  try {
    const answer = await other.rest('GET', '/openapi.json', { headers: { 'accept-encoding': 'br, gzip' } });
    expect([answer.status, encodingOf(answer), answer.text.length > 1_000_000]).toEqual([200, null, true]);
  } finally {
    await other.stop();
  }
});
