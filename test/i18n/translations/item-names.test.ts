/** Names of items at the till, in carts and in the web shop by `Accept-Language`, over HTTP, and the statements that they cost. */
import { signedInOwner } from '#test/harness/actors';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { statementsOf } from '#test/harness/statements';

let platform: TestPlatform;
let token: string;
const ids: string[] = [];
let cart: string;

const call = (method: string, path: string, body?: object, language?: string) =>
  platform.rest(method, `/api/v1${path}`, {
    token,
    ...(body && { body }),
    ...(language !== undefined && { headers: { 'accept-language': language } }),
  });
const translate = (id: string, field: string, language: string, value: string) =>
  call('POST', '/translations', { entity: 'product', entity_id: id, field, language, value });

/** Statements that read translations while a request is answered; none of them is repeated. */
const translationsRead = async (work: () => Promise<unknown>) =>
  (await statementsOf(work)).filter(({ text }) => text.includes('from translations')).length;

interface Item {
  name: string;
  description?: string | null;
  variants?: { name: string }[];
}
const namesOf = (body: unknown) => (body as { items: Item[] }).items.map(({ name }) => name);

beforeAll(async () => {
  platform = await startTestPlatform();
  ({ token } = await signedInOwner(platform.services));
  for (const code of ['de', 'ar']) await call('POST', '/languages', { code });
  for (const [name, barcode] of [
    ['Green tea', '4006381333931'],
    ['Black tea', '4006381333948'],
    ['Coffee', '4006381333955'],
  ]) {
    const { body, status } = await call('POST', '/products', {
      name,
      description: `About ${name}`,
      price: '3.50',
      track_stock: false,
      barcodes: [barcode],
    });
    expect(status).toBe(201);
    ids.push((body as { id: string }).id);
  }
  await translate(ids[0]!, 'name', 'de', 'Grüner Tee');
  await translate(ids[0]!, 'description', 'de', 'Über grünen Tee');
  await translate(ids[1]!, 'name', 'de', 'Schwarzer Tee');
  await translate(ids[0]!, 'name', 'ar', 'شاي أخضر');
  const variant = await call('POST', `/products/${ids[0]}/variants`, {
    name: 'Large',
    sku: 'TEA-L',
    price: '6.00',
  });
  expect(variant.status).toBe(201);
  const first = await call('POST', '/cart/add', { product_id: ids[0] });
  expect(first.status).toBe(201);
  cart = (first.body as { id: string }).id;
  for (const body of [{ sku: 'TEA-L' }, { product_id: ids[1] }, { product_id: ids[2] }])
    await call('POST', '/cart/add', { cart_id: cart, ...body });
}, 240_000);
afterAll(() => platform.stop());

it('a scan answers the name in the language, with its headers, for one more statement', async () => {
  const scan = (language?: string) => call('GET', '/pos/scan/4006381333931', undefined, language);
  const german = await scan('de-AT');
  expect([german.status, (german.body as Item).name]).toEqual([200, 'Grüner Tee']);
  expect(german.headers.get('content-language')).toBe('de');
  expect(german.headers.get('vary')).toContain('Accept-Language');
  const arabic = await scan('ar');
  expect((arabic.body as Item).name).toBe('شاي أخضر');
  expect(arabic.headers.get('etag')).not.toBe(german.headers.get('etag'));
  expect(((await scan()).body as Item).name).toBe('Green tea');
  expect(await translationsRead(() => scan('de'))).toBe(1);
  // Neither the default language nor one that the organization does not have costs a statement.
  const plain = await statementsOf(() => scan());
  for (const language of ['en', 'fr'])
    expect((await statementsOf(() => scan(language))).map(({ text }) => text)).toEqual(
      plain.map(({ text }) => text),
    );
});

it('recent scans cost one statement together', async () => {
  for (const code of ['4006381333948', '4006381333955']) await call('GET', `/pos/scan/${code}`);
  const recent = (language: string) => call('GET', '/pos/products/recent', undefined, language);
  expect(namesOf((await recent('de')).body).sort()).toEqual(['Coffee', 'Grüner Tee', 'Schwarzer Tee']);
  expect(await translationsRead(() => recent('de'))).toBe(1);
  expect(await translationsRead(() => recent('en'))).toBe(0);
});

it('a cart has its lines in the language, the name of a variant behind that of the product', async () => {
  const show = (language?: string) => call('GET', `/cart/${cart}`, undefined, language);
  const german = await show('de');
  expect(namesOf(german.body)).toEqual(['Grüner Tee', 'Grüner Tee – Large', 'Schwarzer Tee', 'Coffee']);
  expect(german.headers.get('content-language')).toBe('de');
  expect(namesOf((await show()).body)).toEqual(['Green tea', 'Green tea – Large', 'Black tea', 'Coffee']);
  expect(await translationsRead(() => show('de'))).toBe(1);
  expect(await translationsRead(() => show('en'))).toBe(0);
  // A change answers the cart in the language of the change, and stores no translation.
  const changed = await call('POST', '/cart/add', { cart_id: cart, product_id: ids[0] }, 'ar');
  expect(namesOf(changed.body)[0]).toBe('شاي أخضر');
  expect(namesOf((await show()).body)[0]).toBe('Green tea');
});

it('I6: the web shop answers in the language, with tags of its own; a page costs one statement', async () => {
  const list = (language?: string) => call('GET', '/shop/products?sort=name', undefined, language);
  const german = await list('de');
  const items = (german.body as { items: Item[] }).items;
  expect(items.map(({ name }) => name)).toEqual(['Schwarzer Tee', 'Coffee', 'Grüner Tee']);
  expect(items[2]).toMatchObject({
    description: 'Über grünen Tee',
    variants: [{ name: 'Grüner Tee' }, { name: 'Grüner Tee – Large' }],
  });
  expect(items[0]!.description).toBe('About Black tea');
  expect(german.headers.get('content-language')).toBe('de');
  expect(german.headers.get('vary')).toContain('Accept-Language');
  expect(await translationsRead(() => list('de'))).toBe(1);
  expect(await translationsRead(() => list('en'))).toBe(0);

  const show = (language?: string) => call('GET', `/shop/products/${ids[0]}`, undefined, language);
  const tag = (await show('de')).headers.get('etag')!;
  expect(tag).not.toBe((await show('ar')).headers.get('etag'));
  // A cached German answer is not confirmed for another language, nor after another translation.
  const held = (language: string) =>
    platform.rest('GET', `/api/v1/shop/products/${ids[0]}`, {
      token,
      headers: { 'accept-language': language, 'if-none-match': tag },
    });
  expect([(await held('de')).status, (await held('ar')).status]).toEqual([304, 200]);
  await translate(ids[0]!, 'name', 'de', 'Sencha');
  expect((await held('de')).status).toBe(200);
});

it('the basket of a till is calculated with names in the language', async () => {
  const input = { items: [{ product_id: ids[1] }, { product_id: ids[2] }] };
  const german = await call('POST', '/pos/checkout/calculate', input, 'de');
  expect([german.status, namesOf(german.body)]).toEqual([200, ['Schwarzer Tee', 'Coffee']]);
});

it('GraphQL answers the same names', async () => {
  const query = `{ scanProduct(barcode: "4006381333948") { name } cart(id: "${cart}") { items { name } } }`;
  const answer = await platform.rest('POST', '/graphql', {
    token,
    body: { query },
    headers: { 'accept-language': 'de' },
  });
  const { data } = answer.body as { data: { scanProduct: Item; cart: { items: Item[] } } };
  expect(data.scanProduct.name).toBe('Schwarzer Tee');
  expect(data.cart.items[2]!.name).toBe('Schwarzer Tee');
  expect(answer.headers.get('content-language')).toBe('de');
});

it('I8: an order keeps the names as they were sold, in every language, whatever is translated or renamed since', async () => {
  const sold = await call('POST', '/orders', { channel: 'phone', items: [{ product_id: ids[1] }] }, 'de');
  expect(sold.status).toBe(201);
  await call('PUT', `/products/${ids[1]}`, { name: 'Assam' });
  const query = `{ order(id: "${(sold.body as { id: string }).id}") { items { name } } }`;
  for (const language of ['de', 'en']) {
    const headers = { 'accept-language': language };
    const answer = await platform.rest('POST', '/graphql', { token, body: { query }, headers });
    expect(answer.body).toEqual({ data: { order: { items: [{ name: 'Black tea' }] } } });
  }
});
