/** The steps of `GET /setup`, followed with their own calls until the shop has sold, over REST and over GraphQL. */
import { startTestPlatform, type TestPlatform } from '../harness/platform';
import { statementsOf } from '../harness/statements';
import { registerShop } from '../auth/registered-shop';

let platform: TestPlatform;
beforeAll(async () => void (platform = await startTestPlatform()));
afterAll(() => platform.stop());

interface Call {
  method: string;
  path: string;
  body: unknown;
  query: string;
  variables: Record<string, unknown>;
}

interface Setup {
  ready: boolean;
  steps: { code: string; done: boolean; required: boolean; call: Call | null }[];
  warnings: { code: string; message: string; count: number | null }[];
}

async function setupOf(token: string): Promise<Setup> {
  const answer = await platform.rest('GET', '/api/v1/setup', { token });
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.any(String)]);
  return answer.body;
}

const missing = ({ steps }: Setup) =>
  steps.filter(({ done, required }) => required && !done).map(({ code }) => code);

const OVER: Readonly<Record<string, (call: Call, token: string) => Promise<void>>> = {
  async REST({ method, path, body }, token) {
    const answer = await platform.rest(method, path, { token, body });
    expect([path, answer.status, answer.text]).toEqual([path, expect.any(Number), expect.any(String)]);
    expect([path, answer.text, answer.status < 300]).toEqual([path, answer.text, true]);
  },
  async GraphQL({ query, variables }, token) {
    const { errors } = await platform.graphql(query, variables, token);
    expect([query, errors]).toEqual([query, undefined]);
  },
};

describe.each(Object.keys(OVER))('over %s', (layer) => {
  it('a shop without a country gets from the registration to its first sale by the calls of the steps', async () => {
    const { token } = await registerShop(platform, {});
    const start = await setupOf(token);
    expect(missing(start)).toEqual(
      expect.arrayContaining(['tax_class', 'register', 'product', 'stock', 'register_open', 'first_sale']),
    );
    let steps = 0;
    for (let setup = start; missing(setup).length > 0 && steps < 20; setup = await setupOf(token)) {
      const [code] = missing(setup);
      const { call } = setup.steps.find((step) => step.code === code)!;
      await OVER[layer]!(call!, token);
      steps++;
    }
    expect(steps).toBeLessThanOrEqual(7);
    const end = await setupOf(token);
    expect([missing(end), end.ready, end.warnings]).toEqual([[], true, []]);
  });

  it('a shop with a country lacks only goods, an open register and the sale', async () => {
    const { token } = await registerShop(platform, { country: 'DE' });
    const setup = await setupOf(token);
    expect(missing(setup)).toEqual(['product', 'stock', 'register_open', 'first_sale']);
    expect(setup.ready).toBe(false);
    for (const code of ['country', 'colleague', 'product', 'register_open', 'organization'])
      await OVER[layer]!(setup.steps.find((step) => step.code === code)!.call!, token).catch(
        (error: unknown) => {
          // An address exists once on the whole platform.
          if (code !== 'colleague') throw error;
        },
      );
    const ready = await setupOf(token);
    expect([missing(ready), ready.ready]).toEqual([['first_sale'], true]);
  });
});

it('warns of products without a tax class, and of a rate that depends on the place', async () => {
  const { token } = await registerShop(platform, { country: 'US' });
  const create = (body: object) => platform.rest('POST', '/api/v1/products', { token, body });
  const taxed = await create({ name: 'Tea', price: '2.00' });
  expect(taxed.body).toMatchObject({ tax_class: 'sales-tax', warnings: [] });
  const untaxed = await create({ name: 'Coffee', price: '3.00', tax_class: null });
  expect(untaxed.body).toMatchObject({ tax_class: null, warnings: [{ code: 'NO_TAX_CLASS' }] });
  expect((await setupOf(token)).warnings).toEqual([
    {
      code: 'PRODUCTS_WITHOUT_TAX_CLASS',
      message: expect.stringContaining('without tax') as string,
      count: 1,
    },
    { code: 'TAX_RATE', message: expect.stringContaining('state') as string, count: null },
  ]);
  const classes = await platform.rest('GET', '/api/v1/tax-classes?search=Sales', { token });
  const [salesTax] = (classes.body as { items: { id: string }[] }).items;
  await platform.rest('PUT', `/api/v1/tax-classes/${salesTax!.id}`, { token, body: { rate: '8.875' } });
  expect((await setupOf(token)).warnings.map(({ code }) => code)).toEqual(['PRODUCTS_WITHOUT_TAX_CLASS']);
});

it('an import says once that its products have no tax class', async () => {
  const { token } = await registerShop(platform, {});
  const file = 'sku,name,price\nA-1,Tea,2.00\nA-2,Coffee,3.00\n';
  const headers = { 'content-type': 'text/csv' };
  const answer = await platform.rest('POST', '/api/v1/products/bulk-create', { token, body: file, headers });
  expect(answer.body).toMatchObject({
    created: 2,
    warnings: [expect.stringContaining('no tax class') as string],
  });
});

it('reads the shop in one statement, and only for who may change its settings', async () => {
  const { token } = await registerShop(platform, { country: 'SE' });
  await setupOf(token);
  const statements = await statementsOf(() => setupOf(token));
  expect(statements.filter(({ text }) => text.includes('products'))).toHaveLength(1);
  expect(statements.length).toBeLessThanOrEqual(3);
  const [email, password] = ['till@setup.test', 'a long enough secret'];
  const colleague = { email, password, name: 'Till', role: 'cashier' };
  await platform.rest('POST', '/api/v1/auth/register', { token, body: colleague });
  const login = await platform.rest('POST', '/api/v1/auth/login', { body: { email, password } });
  const { access_token: cashier } = login.body as { access_token: string };
  expect((await platform.rest('GET', '/api/v1/setup', { token: cashier })).status).toBe(403);
});

it('opens the only register of a branch without its name, and asks for it where there are several', async () => {
  const { token } = await registerShop(platform, { country: 'FR' });
  const open = () =>
    platform.rest('POST', '/api/v1/pos/register/open', { token, body: { opening_float: '50' } });
  const add = { token, body: { name: 'Caisse 2', code: '2' } };
  expect((await open()).status).toBe(201);
  expect((await platform.rest('POST', '/api/v1/pos/registers', add)).status).toBe(201);
  expect((await open()).body).toMatchObject({
    status: 422,
    errors: [
      { field: 'register_id', code: 'REQUIRED', message: expect.stringContaining('several') as string },
    ],
  });
  const empty = await registerShop(platform, {});
  const none = await platform.rest('POST', '/api/v1/pos/register/open', {
    token: empty.token,
    body: { opening_float: '50' },
  });
  expect(none.body).toMatchObject({
    errors: [{ field: 'register_id', message: expect.stringContaining('create one') as string }],
  });
});
