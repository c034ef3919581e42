/** What docs/API-CONVENTIONS.md promises of lists and errors, tried on every route that it concerns. */
import document from '../../openapi.json';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

interface Page {
  items: unknown[];
  total: number;
  has_next_page: boolean;
  next_cursor: string | null;
}

interface Route {
  parameters?: { name?: string; in?: string; required?: boolean; example?: unknown }[];
}

let platform: TestPlatform;
let token: string;
beforeAll(async () => {
  platform = await startTestPlatform({ demoDays: 2 });
  const body = { email: 'admin@pospro.com', password: 'secure123' };
  const login = await platform.rest('POST', '/api/v1/auth/login', { body });
  token = (login.body as { access_token: string }).access_token;
}, 120_000);
afterAll(() => platform.stop());

/** The GET routes with a query parameter, with the examples of their required parameters filled in. */
function routesWith(parameter: string): string[] {
  const routes = Object.entries(document.paths as unknown as Record<string, Record<string, Route>>);
  return routes.flatMap(([path, { get }]) => {
    const parameters = get?.parameters ?? [];
    if (!parameters.some(({ name, in: place }) => name === parameter && place === 'query')) return [];
    const filled = path.replace(/\{(\w+)\}/g, (_, name) =>
      String(parameters.find((one) => one.name === name)?.example),
    );
    const needed = parameters.filter(({ in: place, required }) => place === 'query' && required === true);
    const query = needed.map(({ name, example }) => `${name}=${String(example)}`).join('&');
    return [query === '' ? filled : `${filled}?${query}`];
  });
}

/** A route's path with more of a query. */
const withQuery = (path: string, query: string) => `${path}${path.includes('?') ? '&' : '?'}${query}`;

const ask = async (path: string, query: string) => {
  const { status, body } = await platform.rest('GET', withQuery(path, query), { token });
  return { status, page: body as Page };
};

it.each(routesWith('updated_since'))('%s asks for changes since a moment', async (path) => {
  const [all, since, later] = await Promise.all([
    ask(path, 'size=1'),
    ask(path, 'size=1&updated_since=2000-01-01T00:00:00Z'),
    ask(path, `size=1&updated_since=${new Date(Date.now() + 3_600_000).toISOString()}`),
  ]);
  expect([all.status, since.status, later.status]).toEqual([200, 200, 200]);
  expect(since.page.total).toBe(all.page.total);
  expect([later.page.total, later.page.items]).toEqual([0, []]);
  const sorted = await ask(path, 'size=2&sort=-updated_at');
  expect([sorted.status, sorted.page.total]).toEqual([200, all.page.total]);
});

it.each(routesWith('cursor'))('%s says whether a page follows', async (path) => {
  const first = await ask(path, 'size=1');
  expect(first.status).toBe(200);
  expect(first.page.has_next_page).toBe(first.page.total > 1);
  if (path !== '/api/v1/pos/products/search')
    expect(first.page.next_cursor === null).toBe(!first.page.has_next_page);
});

// An export reads a list in pages of its own sizes; a list with a smaller limit breaks off in the middle of the file.
it.each(routesWith('page'))('%s has pages of the documented size, and is whole as CSV', async (path) => {
  const largest = await ask(path, 'size=1000');
  expect(largest.status).toBe(200);
  const csv = await platform.rest('GET', withQuery(path, 'format=csv'), { token });
  expect(csv.status).toBe(200);
  expect((await ask(path, 'size=1001')).status).toBe(422);
});

it('finds what was changed after a moment, and nothing else', async () => {
  const id = '0190a000-0004-7000-8000-000000000001';
  const before = new Date();
  const found = async () =>
    (await ask('/api/v1/categories', `updated_since=${before.toISOString()}`)).page.items;
  expect(await found()).toEqual([]);
  await platform.rest('PUT', `/api/v1/categories/${id}`, { token, body: { name: 'Renamed' } });
  expect(await found()).toEqual([expect.objectContaining({ id, name: 'Renamed' })]);
});

describe('errors name values as the caller did', () => {
  it('in the query string, where the guide has another name', async () => {
    const { status, page } = await ask('/api/v1/pos/customers/search', 'q=%20');
    expect([status, page]).toEqual([
      422,
      expect.objectContaining({ errors: [expect.objectContaining({ field: 'q' })] }),
    ]);
    const graph = await platform.graphql('{ searchCustomers(search: " ") { id } }', {}, token);
    expect(graph.errors![0]!.extensions.errors).toEqual([expect.objectContaining({ field: 'search' })]);
    expect((await ask('/api/v1/pos/customers/search', 'search=an')).status).toBe(422);
  });

  it('for unknown fields of a document, with the known ones', async () => {
    const messageOf = async (query: string) => (await platform.graphql(query, {}, token)).errors![0]!.message;
    expect(await messageOf('{ ping { time now } }')).toBe(
      'Cannot query field "now" on type "Ping". Known are: message, time.',
    );
    expect(await messageOf('{ product(key: "1") { id } }')).toBe(
      'Unknown argument "key" on field "Query.product". Known are: id.',
    );
    expect(await messageOf('mutation { createBrand(input: { name: "A", color: 1 }) { id } }')).toBe(
      'Field "color" is not defined by type "CreateBrandInput". Known are: name.',
    );
  });
});
