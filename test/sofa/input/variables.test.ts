import { fixtureServer, type FixtureServer } from '#test/sofa/fixture/server';

let server: FixtureServer;
beforeAll(async () => {
  server = await fixtureServer();
});
afterAll(() => server.close());

interface Problem {
  code: string;
  errors: { field: string; message: string; code: string }[];
}

const got = async (path: string, init?: RequestInit) => {
  const response = await server.call(path, init);
  const body = (await response.json()) as { got: unknown };
  expect([response.status, body]).toEqual([response.status, { got: expect.anything() as unknown }]);
  return body.got;
};
const refused = async (path: string, init?: RequestInit) => {
  const response = await server.call(path, init);
  const { code, errors } = (await response.json()) as Problem;
  return { status: response.status, code, errors: errors.map((error) => [error.field, error.code]) };
};
const sent = (method: string, body: unknown, headers: Record<string, string> = {}) => ({
  method,
  headers,
  body: JSON.stringify(body),
});

describe('the query string', () => {
  it('is read by the type of each argument', async () => {
    expect(
      await got('/echo?count=-3&yes=true&names=a,b&kinds=goods,service_work&date=2026-01-31&ratio=1.5'),
    ).toEqual({
      count: -3,
      yes: true,
      names: ['a', 'b'],
      kinds: ['goods', 'service_work'],
      date: '2026-01-31',
      ratio: 1.5,
    });
  });

  it('has lists with commas, repeated, or with brackets', async () => {
    for (const query of ['names=1,2', 'names=1&names=2', 'names[]=1&names[]=2', 'names%5B%5D=1,2']) {
      expect(await got(`/echo?${query}`)).toEqual({ names: ['1', '2'] });
    }
    expect(await got('/echo?names=one')).toEqual({ names: ['one'] });
  });

  it('has booleans as true, false, 1 and 0, and nothing else', async () => {
    for (const [text, value] of [
      ['true', true],
      ['1', true],
      ['True', true],
      ['false', false],
      ['0', false],
    ] as const) {
      expect(await got(`/echo?yes=${text}`)).toEqual({ yes: value });
    }
    expect(await refused('/echo?yes=yes')).toEqual({
      status: 400,
      code: 'BAD_REQUEST',
      errors: [['yes', 'MALFORMED']],
    });
  });

  it('answers 400 for what cannot be read, and 422 for what is not valid', async () => {
    expect(await refused('/echo?count=1.5&ratio=x')).toMatchObject({
      status: 400,
      errors: [
        ['count', 'MALFORMED'],
        ['ratio', 'MALFORMED'],
      ],
    });
    expect(await refused('/echo?count=99999999999')).toMatchObject({
      status: 422,
      errors: [['count', 'INVALID']],
    });
    expect(await refused('/echo?kinds=goods,bads')).toMatchObject({
      status: 422,
      errors: [['kinds', 'INVALID']],
    });
    expect(await refused('/echo?date=2026-02-30')).toMatchObject({
      status: 422,
      errors: [['date', 'INVALID']],
    });
  });

  it('takes an empty value as none, except of a text', async () => {
    expect(await got('/echo?count=&yes=&date=&ratio=1')).toEqual({ ratio: 1 });
    expect((await server.call('/products?search=&category_ids=')).status).toBe(200);
  });

  it('carries objects as JSON', async () => {
    expect(await got(`/echo?filter=${encodeURIComponent('{"min_price":"1.50"}')}`)).toEqual({
      filter: { minPrice: '1.5' },
    });
    expect(await refused('/echo?filter={')).toMatchObject({ status: 400, errors: [['filter', 'MALFORMED']] });
  });

  it('refuses a name that is not known, and says which may be meant', async () => {
    const response = await server.call('/products?categoryIds=1&serch=x&_=123');
    expect(response.status).toBe(422);
    const { errors } = (await response.json()) as Problem;
    expect(errors.map((error) => [error.field, error.code])).toEqual([
      ['categoryIds', 'UNKNOWN_FIELD'],
      ['serch', 'UNKNOWN_FIELD'],
    ]);
    expect(errors[0]!.message).toBe('There is no categoryIds here; it is called category_ids.');
  });
});

describe('the body', () => {
  it('holds the fields of the input at its top, in snake_case all the way down', async () => {
    const body = {
      items: [{ product_id: 'p1', quantity: 2, line_discount: { percent_off: '10' } }],
      customer_note: null,
      count: 3,
    };
    expect(await got('/quote', sent('POST', body))).toEqual({
      input: {
        items: [{ productId: 'p1', quantity: '2', lineDiscount: { percentOff: '10' } }],
        customerNote: null,
        count: 3,
      },
    });
  });

  it('is read as JSON whatever its label says', async () => {
    const body = '{"items":[{"product_id":"p1"}]}';
    for (const type of [
      'application/json',
      'text/plain; charset=utf-8',
      'application/x-www-form-urlencoded',
      'application/vnd.api+json',
      'application/octet-stream',
      'text/json',
    ]) {
      expect(await got('/quote', { method: 'POST', body, headers: { 'content-type': type } })).toBeTruthy();
    }
    // Without a label at all, as a stream is sent.
    const bytes = new TextEncoder().encode(`\uFEFF${body}`);
    expect(await got('/quote', { method: 'POST', body: bytes })).toBeTruthy();
  });

  it('wins over the query string, which may add to it', async () => {
    const { input } = (await got(
      '/quote?count=1&customer_note=q',
      sent('POST', { items: [], count: 2 }),
    )) as { input: object };
    expect(input).toEqual({ items: [], count: 2, customerNote: 'q' });
    const nulled = (await got(
      '/quote?customer_note=q',
      sent('POST', { items: [], customer_note: null }),
    )) as { input: object };
    expect(nulled.input).toEqual({ items: [], customerNote: null });
  });

  it('keeps null apart from nothing', async () => {
    expect(await got('/products/p1', sent('PUT', { name: null }))).toEqual({
      id: 'p1',
      input: { name: null },
    });
    expect(await got('/products/p1', sent('PUT', {}))).toEqual({ id: 'p1', input: {} });
  });

  it('is refused with every fault at once, each named as it was sent', async () => {
    const body = {
      items: [{ productId: 'p1', quantity: 'many' }, { product_id: 1.5, line_discount: 3 }, 7],
      customerNote: 'x',
      count: '3',
    };
    expect(await refused('/quote', sent('POST', body))).toEqual({
      status: 422,
      code: 'VALIDATION_FAILED',
      errors: [
        ['items.0.productId', 'UNKNOWN_FIELD'],
        ['items.0.quantity', 'INVALID'],
        ['items.0.product_id', 'REQUIRED'],
        ['items.1.product_id', 'INVALID'],
        ['items.1.line_discount', 'INVALID'],
        ['items.2', 'INVALID'],
        ['count', 'INVALID'],
        ['customerNote', 'UNKNOWN_FIELD'],
      ],
    });
    expect(await refused('/quote', { method: 'POST' })).toMatchObject({
      status: 422,
      errors: [['items', 'REQUIRED']],
    });
    expect(await refused('/quote', sent('POST', { items: null }))).toMatchObject({
      status: 422,
      errors: [['items', 'REQUIRED']],
    });
    expect(await refused('/quote', sent('POST', { items: {} }))).toMatchObject({
      status: 422,
      errors: [['items', 'INVALID']],
    });
  });

  it('never makes an answer of millions of faults', async () => {
    const { errors } = await refused('/quote', sent('POST', { items: Array.from({ length: 900 }, () => 1) }));
    expect(errors).toHaveLength(100);
  });

  it('does not reach the prototype of anything', async () => {
    const response = await server.call('/quote', {
      method: 'POST',
      body: '{"items":[],"__proto__":{"count":5},"constructor":1}',
    });
    expect(response.status).toBe(422);
    expect(await server.call('/echo?__proto__=1&hasOwnProperty=2')).toMatchObject({ status: 422 });
  });

  it('may come with DELETE', async () => {
    expect(await got('/products/bulk-delete', sent('DELETE', { ids: ['p1', 'p2'] }))).toEqual({
      input: { ids: ['p1', 'p2'] },
    });
    expect(await got('/products/p1?reason=gone', { method: 'DELETE' })).toEqual({ id: 'p1', reason: 'gone' });
  });
});

describe('the path', () => {
  it('fills the argument it names, under another name where it says so', async () => {
    expect(await got('/products/p9/variants', sent('POST', { name: 'Large' }))).toEqual({
      productId: 'p9',
      name: 'Large',
    });
  });

  it('is not overridden by the body', async () => {
    expect(
      await refused('/products/p9/variants', sent('POST', { name: 'Large', product_id: 'p1' })),
    ).toMatchObject({
      status: 422,
      errors: [['product_id', 'UNKNOWN_FIELD']],
    });
  });
});
