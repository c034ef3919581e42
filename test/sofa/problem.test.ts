import { Readable } from 'node:stream';
import { PosProError } from '#kernel/errors';
import { bounded } from '#sofa/input/size-limit';
import { fixtureServer, type FixtureServer } from '#test/sofa/fixture/server';

let server: FixtureServer;
beforeAll(async () => {
  server = await fixtureServer();
});
afterAll(() => server.close());

interface Seen {
  status: number;
  headers: Headers;
  problem: Record<string, unknown>;
}

async function problemOf(response: Response): Promise<Seen> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = (await response.json()) as Record<string, unknown>;
  expect(problem).toMatchObject({
    status: response.status,
    request_id: response.headers.get('x-request-id'),
  });
  expect(Object.keys(problem)).toEqual(
    expect.arrayContaining(['type', 'title', 'status', 'detail', 'code', 'request_id', 'retry']),
  );
  return { status: response.status, headers: response.headers, problem };
}

const failing = async (path: string, init?: Parameters<FixtureServer['call']>[1]) =>
  problemOf(await server.call(path, init));
const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  failing(path, { method: 'POST', body, headers });
const product = JSON.stringify({ name: 'Tea', unit_price: '1' });

describe('one test for each status', () => {
  it('400: the body is no JSON', async () => {
    for (const body of ['{"name":', '[1]', '"text"', '{"a":1}}']) {
      const { status, problem } = await post('/products', body, { 'content-type': 'application/json' });
      expect([status, problem.code]).toEqual([400, 'BAD_REQUEST']);
    }
  });

  it('400: the body is not UTF-8', async () => {
    const seen = await problemOf(
      await server.call('/products', { method: 'POST', body: new Uint8Array([0x7b, 0xff, 0x7d]) }),
    );
    expect([seen.status, seen.problem.code]).toEqual([400, 'BAD_REQUEST']);
  });

  it('400: the idempotency key is not well formed', async () => {
    const { status } = await post('/products', product, { 'idempotency-key': 'x'.repeat(256) });
    expect(status).toBe(400);
    expect((await post('/products', product, { 'idempotency-key': 'schlüssel' })).status).toBe(400);
    expect((await post('/products', product, { 'idempotency-key': '' })).status).toBe(400);
  });

  it('401: nobody signed in', async () => {
    const { status, headers, problem } = await failing('/products', { token: null });
    expect([status, problem.code]).toEqual([401, 'UNAUTHENTICATED']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="pospro"');
  });

  it('401: the token is no good', async () => {
    const { status, headers, problem } = await failing('/products', { token: 'expired' });
    expect([status, problem.code]).toEqual([401, 'TOKEN_EXPIRED']);
    expect(headers.get('www-authenticate')).toBe('Bearer realm="pospro", error="invalid_token"');
  });

  it('401 comes before the body is looked at', async () => {
    expect((await failing('/products', { method: 'POST', body: '{', token: null })).status).toBe(401);
    expect(
      (await failing('/products', { method: 'POST', body: 'x'.repeat(10_000), token: null })).status,
    ).toBe(401);
  });

  it('403: the role does not permit it', async () => {
    const { status, problem } = await failing('/products', { token: 'none' });
    expect([status, problem.code]).toEqual([403, 'FORBIDDEN']);
    expect(problem.details).toEqual({ scopes: ['goods:read'] });
  });

  it('404: there is no such path', async () => {
    const { status, problem } = await failing('/nothing/here');
    expect([status, problem.code]).toEqual([404, 'NOT_FOUND']);
  });

  it('405: the path does not have the method, and says which it has', async () => {
    const seen = await failing('/products', { method: 'DELETE' });
    expect([seen.status, seen.problem.code, seen.headers.get('allow')]).toEqual([
      405,
      'METHOD_NOT_ALLOWED',
      'GET, HEAD, POST',
    ]);
    expect((await failing('/products/p1', { method: 'POST' })).headers.get('allow')).toBe(
      'GET, HEAD, PUT, DELETE',
    );
    // A fixed path is never taken for an id.
    expect((await failing('/products/import', { method: 'GET' })).headers.get('allow')).toBe('POST');
  });

  it('406: no representation of the kind', async () => {
    expect((await failing('/products', { headers: { accept: 'application/xml' } })).status).toBe(406);
    expect((await failing('/products?format=xml')).status).toBe(406);
    const { status, problem } = await post('/products', product, { accept: 'text/csv' });
    expect([status, problem.code]).toEqual([406, 'NOT_ACCEPTABLE']);
  });

  it('409: the state does not permit it', async () => {
    const { status, problem } = await failing('/fail/ILLEGAL_STATE');
    expect([status, problem.code, problem.detail]).toEqual([
      409,
      'ILLEGAL_STATE',
      'failed with ILLEGAL_STATE',
    ]);
    expect((await failing('/fail/INSUFFICIENT_STOCK')).problem.details).toEqual({
      next_items: [{ unit_price: '1' }],
    });
  });

  it('400: the sender broke the body off, which is no fault of the server', async () => {
    const source = new Readable({ read: () => undefined });
    const read = Readable.from(bounded(source, 100)).toArray();
    source.push('{"name":');
    source.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }));
    await expect(read).rejects.toMatchObject({ code: 'BAD_REQUEST', message: 'The body ended early.' });
  });

  it('413: the body is too large, whether it says so or not', async () => {
    const large = JSON.stringify({ name: 'x'.repeat(5000), unit_price: '1' });
    const { status, headers, problem } = await post('/products', large);
    expect([status, problem.code, headers.get('connection')]).toEqual([413, 'PAYLOAD_TOO_LARGE', 'close']);
    const chunked = new ReadableStream({
      start(controller) {
        for (let part = 0; part < 10; part += 1)
          controller.enqueue(new TextEncoder().encode('x'.repeat(1000)));
        controller.close();
      },
    });
    const init = { method: 'POST', body: chunked, duplex: 'half' } as RequestInit;
    expect((await problemOf(await server.call('/products', init))).status).toBe(413);
  });

  it('415: a kind of body that is not read here', async () => {
    for (const type of ['multipart/form-data; boundary=x', 'text/csv', 'application/xml', 'image/png']) {
      const { status, problem } = await post('/products', product, { 'content-type': type });
      expect([type, status, problem.code]).toEqual([type, 415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
    expect((await post('/products', product, { 'content-encoding': 'gzip' })).status).toBe(415);
    expect(
      (await post('/products', 'name=a', { 'content-type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(415);
    expect(
      (await post('/products/import', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' })).status,
    ).toBe(415);
  });

  it('422: a value is not valid, with the field in the names of the request', async () => {
    const { status, problem } = await failing('/fail/VALIDATION_FAILED');
    expect([status, problem.code]).toEqual([422, 'VALIDATION_FAILED']);
    expect(problem.errors).toEqual([{ field: 'items.0.unit_price', message: 'too high', code: 'INVALID' }]);
  });

  it('422 also where the table says otherwise and the operation overrides it', async () => {
    const { status, problem } = await post('/orders', JSON.stringify({ items: [{ product_id: 'x' }] }));
    expect([status, problem.code]).toEqual([422, 'PRODUCT_NOT_FOUND']);
    expect(problem.errors).toEqual([
      { field: 'items.0.product_id', message: 'unknown', code: 'PRODUCT_NOT_FOUND' },
    ]);
  });

  it('429: too many requests, from an operation', async () => {
    const { status, headers, problem } = await failing('/fail/RATE_LIMITED?retry_after=17');
    expect([status, problem.code, headers.get('retry-after'), problem.retry]).toEqual([
      429,
      'RATE_LIMITED',
      '17',
      true,
    ]);
    expect((await failing('/fail/RATE_LIMITED')).headers.get('retry-after')).toBe('1');
  });

  it('500: a fault of ours is masked', async () => {
    const { status, problem } = await failing('/fail/CRASH');
    expect([status, problem.code]).toEqual([500, 'INTERNAL']);
    expect(JSON.stringify(problem)).not.toMatch(/secret|hunter2|stack/);
    expect(server.log.join('')).toContain('hunter2');
  });

  it('503: something is down, and when to come back', async () => {
    const { status, headers, problem } = await failing('/fail/UNAVAILABLE');
    expect([status, problem.code, headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '5']);
    expect((await failing('/fail/UNAVAILABLE?retry_after=30')).headers.get('retry-after')).toBe('30');
  });
});

describe('the seam for rate limits', () => {
  it('is asked before anything else, even of those who may not call, and may refuse and set headers', async () => {
    const seen: string[] = [];
    const limited = await fixtureServer({
      admit: (_context, route, reply) => {
        seen.push(route.id);
        reply.header('ratelimit-remaining', '0');
        return Promise.reject(new PosProError('RATE_LIMITED', 'Slow down.', { retryAfter: 3 }));
      },
    });
    const response = await limited.call('/ping');
    expect([
      response.status,
      response.headers.get('retry-after'),
      response.headers.get('ratelimit-remaining'),
    ]).toEqual([429, '3', '0']);
    // Whoever guesses tokens is to be counted as well.
    expect((await limited.call('/products', { token: null })).status).toBe(429);
    expect(seen).toEqual(['ping', 'products']);
    expect(limited.counts.executions).toBe(0);
    await limited.close();
  });
});

describe('a server that throws', () => {
  it('masks what is no error of ours, and logs it', async () => {
    const broken = await fixtureServer({ execute: () => Promise.reject(new Error('secret detail')) });
    const response = await broken.call('/ping');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(broken.log.join('')).toContain('secret detail');
    await broken.close();
  });

  it('reads the faults of plain GraphQL, too', async () => {
    const message =
      'Variable "$input" got invalid value 1.5 at "input.items[0].quantity"; Int cannot represent non-integer value: 1.5';
    const plain = await fixtureServer({ execute: () => Promise.resolve({ errors: [{ message } as never] }) });
    const response = await plain.call('/ping');
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      errors: [
        {
          field: 'items.0.quantity',
          // Not the value: it may be a secret.
          message: '"items.0.quantity" must be a whole number of at most 2,147,483,647.',
          code: 'INVALID',
        },
      ],
    });
    await plain.close();
  });
});
