import { request as httpRequest } from 'node:http';
import { fixtureServer, type FixtureServer } from '#test/sofa/fixture/server';

let server: FixtureServer;
beforeAll(async () => {
  server = await fixtureServer();
});
afterAll(() => server.close());

const json = async (response: Response) =>
  (await response.json()) as Record<string, unknown> & { items: unknown[] };

describe('one thing', () => {
  it('answers in snake_case, with what the type itself has and what the route includes', async () => {
    const response = await server.call('/products/p1');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(await response.json()).toEqual({
      id: 'p1',
      name: 'Product 1',
      kind: 'goods',
      unit_price: '2.50',
      active: true,
      tags: ['a', 'b'],
      size: { height: '10', weight: { value: '1.5', unit: 'kg' } },
      // `category` is left out beside its id, `variants[].product` points back, and `soldCount` belongs to another domain.
      category_id: 'c1',
      variants: [{ id: 'v1', name: 'Small', brand: { id: 'b1', name: 'House' } }],
      brand: { id: 'b1', name: 'House', site: 'https://house.example' },
      stock: { on_hand: '7' },
    });
  });

  it('has an ETag, and answers 304 to one who holds it', async () => {
    const first = await server.call('/products/p1');
    const tag = first.headers.get('etag')!;
    expect(tag).toMatch(/^"[\w-]{27}"$/);
    for (const held of [tag, `W/${tag}`, `"other", ${tag}`, '*']) {
      const again = await server.call('/products/p1', { headers: { 'if-none-match': held } });
      expect(again.status).toBe(304);
      expect(again.headers.get('etag')).toBe(tag);
      expect(await again.text()).toBe('');
    }
    expect((await server.call('/products/p2', { headers: { 'if-none-match': tag } })).status).toBe(200);
  });

  it('says how long it may be kept', async () => {
    expect((await server.call('/products/p1')).headers.get('cache-control')).toBe('private, max-age=3600');
    expect((await server.call('/categories')).headers.get('cache-control')).toBe('public, max-age=60');
    expect((await server.call('/products')).headers.get('cache-control')).toBe('no-store');
    expect((await server.call('/products/zz')).headers.get('cache-control')).toBe('no-store');
  });

  it('answers 404 where the operation finds nothing', async () => {
    const response = await server.call('/products/zz');
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({
      code: 'NOT_FOUND',
      detail: 'Nothing found for this id.',
    });
  });

  it('decodes what stands in the path', async () => {
    expect(await json(await server.call('/products/a%2Fb%20c', { method: 'DELETE' }))).toEqual({
      got: { id: 'a/b c' },
    });
  });
});

describe('lists', () => {
  it('have the envelope of a page, Link and X-Total-Count', async () => {
    const response = await server.call('/products?size=20&page=2&active=true');
    const body = await json(response);
    expect(body).toMatchObject({ total: 45, page: 2, size: 20, pages: 3, next_cursor: '40' });
    expect(body.items).toHaveLength(20);
    expect(body.items[0]).not.toHaveProperty('stock');
    expect(response.headers.get('x-total-count')).toBe('45');
    expect(response.headers.get('link')).toBe(
      [
        '</api/v1/products?size=20&page=3&active=true>; rel="next"',
        '</api/v1/products?size=20&page=1&active=true>; rel="prev"',
        '</api/v1/products?size=20&page=1&active=true>; rel="first"',
        '</api/v1/products?size=20&page=3&active=true>; rel="last"',
      ].join(', '),
    );
  });

  it('give the next cursor to one who follows a cursor', async () => {
    const response = await server.call('/products?size=20&cursor=20');
    expect(await json(response)).toMatchObject({ next_cursor: '40' });
    expect(response.headers.get('link')).toBe(
      '</api/v1/products?size=20&cursor=40>; rel="next", </api/v1/products?size=20>; rel="first"',
    );
    const last = await server.call('/products?size=20&cursor=40');
    expect(last.headers.get('link')).toBe('</api/v1/products?size=20>; rel="first"');
  });

  it('of an estimated total link to no last page, and to the cursor where page numbers end', async () => {
    const response = await server.call('/orders?amount=20000&size=20&page=500');
    expect(await json(response)).toMatchObject({ total: 20_000, total_is_estimate: true, page: 500 });
    expect(response.headers.get('x-total-count')).toBe('20000');
    expect(response.headers.get('link')).toBe(
      [
        '</api/v1/orders?amount=20000&size=20&cursor=10000>; rel="next"',
        '</api/v1/orders?amount=20000&size=20&page=499>; rel="prev"',
        '</api/v1/orders?amount=20000&size=20&page=1>; rel="first"',
      ].join(', '),
    );
    const counted = await server.call('/orders?amount=10000&size=20&page=500');
    expect(await json(counted)).toMatchObject({ total: 10_000, total_is_estimate: false, pages: 500 });
    expect(counted.headers.get('link')).toBe(
      [
        '</api/v1/orders?amount=10000&size=20&page=499>; rel="prev"',
        '</api/v1/orders?amount=10000&size=20&page=1>; rel="first"',
        '</api/v1/orders?amount=10000&size=20&page=500>; rel="last"',
      ].join(', '),
    );
  });

  it('without pages have the same envelope', async () => {
    const response = await server.call('/categories', { token: null });
    expect(await json(response)).toEqual({
      items: [
        { id: 'c1', name: 'Drinks', parent: null },
        { id: 'c2', name: 'Tea', parent: { id: 'c1', name: 'Drinks' } },
      ],
      total: 2,
      total_is_estimate: false,
      page: 1,
      size: 2,
      pages: 1,
      has_next_page: false,
      next_cursor: null,
    });
    expect(response.headers.get('x-total-count')).toBe('2');
  });

  it('show entities one step down, lists inside things, and no page inside a thing', async () => {
    const { items } = await json(await server.call('/orders?size=1'));
    expect(items[0]).toEqual({
      id: 'o1',
      number: 1,
      total: '-5.00',
      customer: { id: 'k1', name: '+Ann, "the" buyer' },
      items: [
        { product_id: 'p1', quantity: '1', name: 'Tea\nfor two' },
        { product_id: 'p2', quantity: '2', name: '@home' },
      ],
      payments: [{ id: 'y1', amount: '5.00', order_id: 'o1' }],
      note: '-see above',
    });
  });
});

describe('HTTP', () => {
  it('answers HEAD for every GET', async () => {
    for (const path of ['/products/p1', '/products', '/categories', '/orders?format=csv']) {
      const get = await server.call(path);
      const head = await server.call(path, { method: 'HEAD' });
      expect(head.status).toBe(200);
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'));
      expect(head.headers.get('etag')).toBe(get.headers.get('etag'));
      expect(await head.text()).toBe('');
      await get.arrayBuffer();
    }
  });

  it('forgives a trailing slash', async () => {
    expect((await server.call('/products/?size=1')).status).toBe(200);
    expect((await server.call('/products/p1/')).status).toBe(200);
  });

  it('keeps the request id', async () => {
    const response = await server.call('/ping', { headers: { 'x-request-id': 'mine-1' } });
    expect(response.headers.get('x-request-id')).toBe('mine-1');
    const failed = await server.call('/products/zz', { headers: { 'x-request-id': 'mine-2' } });
    expect(failed.headers.get('x-request-id')).toBe('mine-2');
    expect(await failed.json()).toMatchObject({ request_id: 'mine-2' });
    expect((await server.call('/ping')).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('says when an answer is a replay', async () => {
    const body = JSON.stringify({ name: 'Tea', unit_price: '2.50' });
    const first = await server.call('/products', {
      method: 'POST',
      body,
      headers: { 'idempotency-key': 'first' },
    });
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    const again = await server.call('/products', {
      method: 'POST',
      body,
      headers: { 'idempotency-key': 'again' },
    });
    expect(again.status).toBe(201);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('chooses the representation by Accept', async () => {
    const type = async (accept: string) =>
      (await server.call('/orders', { headers: { accept } })).headers.get('content-type')?.split(';')[0];
    expect(await type('application/json, text/plain, */*')).toBe('application/json');
    expect(await type('text/html,application/xhtml+xml,*/*;q=0.8')).toBe('application/json');
    expect(await type('text/csv')).toBe('text/csv');
    expect(await type('application/json;q=0.5, text/csv')).toBe('text/csv');
    expect(await type('text/csv;q=0.5, application/*')).toBe('application/json');
    expect(await type('text/csv;q=0, text/*')).toBe('application/problem+json');
  });

  it('never mounts the webhook of SOFA', async () => {
    for (const path of ['/webhook', '/webhook/1']) {
      const body = JSON.stringify({ url: 'http://127.0.0.1:1/', subscription: 'x' });
      expect((await server.call(path, { method: 'POST', body })).status).toBe(404);
    }
  });
});

describe('pages for people', () => {
  it('are served whole from here', async () => {
    for (const page of ['/docs', '/redoc']) {
      const response = await server.raw(page);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
      const html = await response.text();
      expect(html).not.toMatch(/https?:\/\//);
      expect(html).not.toMatch(/<script>|\son\w+=/);
      const links = Array.from(html.matchAll(/(?:src|href)="([^"]+)"/g), (match) => match[1]!);
      expect(links.length).toBeGreaterThanOrEqual(4);
      for (const link of links) expect([link, (await server.raw(link)).status]).toEqual([link, 200]);
    }
  });

  it('serve nothing else of the packages they come from', async () => {
    for (const path of [
      '/docs/assets/package.json',
      '/docs/assets/../package.json',
      '/redoc/assets/redoc.lib.js',
    ]) {
      expect((await server.raw(path)).status).toBe(404);
    }
  });

  it.each([
    '/docs/assets/../x', '/docs/assets/%2e%2e/x', '/docs/assets/..%2fx', '/docs/assets/..\\x', '/docs/assets/%00', '/docs/assets/.',
    '/docs/assets/..', '/docs/assets//swagger-ui.css', '/docs/assets/./swagger-ui.css', '/docs/assets/', '/docs/assets', '/docs/assets/.git', '/docs/../x', '/redoc/assets/../../x',
  ])('answer 404 to a path that leads elsewhere, sent as it is: %s', async (target) => {
    const { hostname, port } = new URL(server.url);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      // fetch would straighten such a path before it sends it.
      httpRequest({ hostname, port, path: target }, (answer) => resolve(answer.resume().statusCode)).on('error', reject).end();
    });
    expect(status).toBe(404);
  }); // prettier-ignore

  it('come with their type, and again only where they have changed', async () => {
    for (const [file, type] of [
      ['swagger-ui.css', 'text/css; charset=utf-8'],
      ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
      ['favicon-32x32.png', 'image/png'],
    ]) {
      const { headers } = await server.raw(`/docs/assets/${file!}`);
      expect([headers.get('content-type'), headers.get('cache-control')]).toEqual([
        type,
        'public, max-age=86400',
      ]);
      const again = await server.raw(`/docs/assets/${file!}`, {
        headers: { 'if-none-match': headers.get('etag')! },
      });
      expect(again.status).toBe(304);
    }
  });

  it('are found from /', async () => {
    const browser = await server.raw('/', { headers: { accept: 'text/html,*/*' } });
    expect([browser.status, browser.headers.get('location')]).toEqual([302, '/docs']);
    expect(await (await server.raw('/')).json()).toMatchObject({
      name: 'PosPro',
      rest: '/api/v1',
      openapi: '/openapi.json',
    });
  });

  it('show the document, which can be kept', async () => {
    const response = await server.raw('/openapi.json');
    expect(((await response.json()) as { openapi: string }).openapi).toBe('3.1.0');
    const again = await server.raw('/openapi.json', {
      headers: { 'if-none-match': response.headers.get('etag')! },
    });
    expect(again.status).toBe(304);
  });
});
