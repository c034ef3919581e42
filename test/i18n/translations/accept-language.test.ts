/** Reads by `Accept-Language`, over HTTP: field by field, with the headers, and without a statement in the default language. */
import { signedInOwner } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { statementsOf } from '#test/harness/statements';

let platform: TestPlatform;
let token: string;
const ids: { product: string; category: string; brand: string } = { product: '', category: '', brand: '' };

const call = (method: string, path: string, body?: object, language?: string) =>
  platform.rest(method, `/api/v1${path}`, {
    token,
    ...(body && { body }),
    ...(language !== undefined && { headers: { 'accept-language': language } }),
  });

interface Shown {
  id: string;
  name: string;
  description: string | null;
  fallbacks: { field: string; language: string }[];
}
const show = async (language?: string) => {
  const { body, headers } = await call('GET', `/products/${ids.product}`, undefined, language);
  const { name, description, fallbacks } = body as Shown;
  return {
    name,
    description,
    fallbacks,
    language: headers.get('content-language'),
    vary: headers.get('vary'),
  };
};
const translate = (
  entity: 'product' | 'category' | 'brand',
  field: string,
  language: string,
  value: string,
) => call('POST', '/translations', { entity, entity_id: ids[entity], field, language, value });

beforeAll(async () => {
  platform = await startTestPlatform();
  ({ token } = await signedInOwner(platform.services));
  const made = async (path: string, body: object) =>
    ((await call('POST', path, body)).body as { id: string }).id;
  ids.category = await made('/categories', { name: 'Hot drinks' });
  ids.brand = await made('/brands', { name: 'Northleaf' });
  ids.product = await made('/products', {
    name: 'Tea', description: 'Green and fresh', price: '3.50', category_id: ids.category, brand_id: ids.brand,
  }); // prettier-ignore
}, 240_000);
afterAll(() => platform.stop());

it('with one language, everything is as it is, and nothing more is read', async () => {
  expect(await show('de')).toMatchObject({ name: 'Tea', fallbacks: [], language: 'en' });
  const without = await statementsOf(() => show());
  const warm = await statementsOf(() => show('de'));
  expect(warm.map(({ text }) => text)).toEqual(without.map(({ text }) => text));
});

it('I7: each text falls back alone, and the answer says which did', async () => {
  for (const code of ['de', 'de-AT', 'ar'])
    expect((await call('POST', '/languages', { code })).status).toBe(201);
  expect((await translate('product', 'name', 'de', 'Tee')).status).toBe(201);
  expect(await show('de-AT')).toMatchObject({
    name: 'Tee',
    description: 'Green and fresh',
    fallbacks: [
      { field: 'name', language: 'de' },
      { field: 'description', language: 'en' },
    ],
    language: 'de-AT',
    vary: expect.stringContaining('Accept-Language') as string,
  });
  expect(await show('de')).toMatchObject({
    name: 'Tee',
    fallbacks: [{ field: 'description', language: 'en' }],
  });
  await translate('product', 'name', 'ar', 'شاي');
  expect(await show('fr, ar;q=0.5, de;q=0.4')).toMatchObject({ name: 'شاي', language: 'ar' });
  expect(await show('fr')).toMatchObject({ name: 'Tea', fallbacks: [], language: 'en' });
  expect(await show('*')).toMatchObject({ name: 'Tea', language: 'en' });
});

it('a page in another language costs one statement for each kind of rows, in GraphQL as well', async () => {
  await translate('category', 'name', 'de', 'Heißgetränke');
  await translate('brand', 'name', 'de', 'Nordblatt');
  for (let count = 0; count < 5; count += 1)
    await call('POST', '/products', {
      name: `Tea ${count}`,
      price: '1',
      category_id: ids.category,
      brand_id: ids.brand,
    });
  const query = '{ products(sort: "createdAt") { items { name category { name } brand { name } } } }';
  let data: unknown;
  const ask = async () => {
    const answer = await platform.rest('POST', '/graphql', {
      token,
      body: { query },
      headers: { 'accept-language': 'de' },
    });
    data = (answer.body as { data: unknown }).data;
    expect(answer.headers.get('content-language')).toBe('de');
  };
  await ask();
  const texts = (await statementsOf(ask)).filter(({ text }) => text.includes('from translations'));
  expect(texts).toHaveLength(3);
  expect(data).toMatchObject({
    products: { items: expect.arrayContaining([
      { name: 'Tee', category: { name: 'Heißgetränke' }, brand: { name: 'Nordblatt' } },
      { name: 'Tea 0', category: { name: 'Heißgetränke' }, brand: { name: 'Nordblatt' } },
    ]) as unknown },
  }); // prettier-ignore
});

it('an export is in the default language, so that it can be imported again', async () => {
  const { text } = await call('GET', '/products?format=csv', undefined, 'de');
  expect(text).toContain('Tea,');
  expect(text).not.toContain('Tee');
});

it('names of currencies and languages follow the language', async () => {
  const named = async (language: string) => {
    const { body, headers } = await call('GET', '/currencies/CHF', undefined, language);
    return [(body as { name: string }).name, headers.get('content-language')];
  };
  expect(await named('de')).toEqual(['Schweizer Franken', 'de']);
  expect(await named('en')).toEqual(['Swiss Franc', 'en']);
  const list = async (language: string) => (await call('GET', '/languages', undefined, language)).text;
  expect(await list('de')).toContain('"name":"Arabisch"');
  expect(await list('en')).toContain('"name":"Arabic"');
});
