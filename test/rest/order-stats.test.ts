/** The statistics of orders over REST: names, tables, and errors. */
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

let platform: TestPlatform;
const tokens = new Map<string, string>();
beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 3 });
  for (const role of ['admin', 'cashier']) {
    const body = { email: `${role}@pospro.com`, password: 'secure123' };
    const login = await platform.rest('POST', '/api/v1/auth/login', { body });
    tokens.set(role, (login.body as { access_token: string }).access_token);
  }
}, 120_000);
afterAll(() => platform.stop());

const get = (path: string, role = 'admin') =>
  platform.rest('GET', `/api/v1/orders/stats/${path}`, { token: tokens.get(role) });

it.each([
  ['daily', 30],
  ['weekly', 12],
  ['monthly', 12],
])('%s answers a list, and the same as a table', async (name, rows) => {
  const { body, status } = await get(name);
  const { items, total } = body as { items: Record<string, unknown>[]; total: number };
  expect([status, items.length, total]).toEqual([200, rows, rows]);
  const last = items.at(-1)!;
  expect([last.branch_id, last.currency]).toEqual([null, 'EUR']);
  expect(last.gross_sales).toMatch(/^\d+\.\d\d$/);
  const table = await get(`${name}?format=csv`);
  const [header, ...lines] = table.text.trim().split('\r\n');
  expect(table.headers.get('content-type')).toContain('text/csv');
  expect(header).toContain('period,from,to');
  expect(lines).toHaveLength(rows);
});

it('top-products answers a list, and the same as a table', async () => {
  const { body } = await get('top-products?by=net_sales&size=5');
  const { items } = body as { items: { rank: number; net_sales: string }[] };
  expect(items.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5]);
  const sums = items.map(({ net_sales: sum }) => Number(sum));
  expect(sums).toEqual([...sums].sort((a, b) => b - a));
  const table = await get('top-products?by=net_sales&size=5&format=csv');
  expect(table.text.trim().split('\r\n')).toHaveLength(6);
});

it.each([
  ['daily?from=2026-02-02&to=2026-02-01', 422],
  ['daily?from=2020-01-01&to=2026-02-01', 422],
  ['top-products?size=101', 422],
  ['weekly?branch_id=0190a000-0000-7000-8000-000000000000', 404],
  ['monthly?branch_id=0190a000-0000-7000-8000-000000000000', 404],
  ['top-products?branch_id=0190a000-0000-7000-8000-000000000000', 404],
])('%s answers %s', async (path, status) => {
  expect((await get(path)).status).toBe(status);
});

it.each(['daily', 'weekly', 'monthly', 'top-products'])(
  '%s needs the permission for reports',
  async (name) => {
    expect((await get(name, 'cashier')).status).toBe(403);
  },
);
