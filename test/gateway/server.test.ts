import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { fixtureSubgraphs, slowCalls } from '#test/gateway/fixture-graph';

let platform: TestPlatform;
const noRest = () => Promise.resolve();
const started = (env: Record<string, string> = {}) =>
  startTestPlatform({ subgraphs: fixtureSubgraphs, mountRest: noRest, supergraphFile: 'none', env });

/** A connection whose text is read to its end. */
function openConnection(url: string): { socket: Socket; opened: Promise<unknown>; ended: Promise<string> } {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let answer = '';
  socket.on('data', (part) => (answer += part.toString()));
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(answer)));
  return { socket, opened: once(socket, 'connect'), ended };
}

beforeAll(async () => {
  platform = await started({
    MAX_DEPTH: '6',
    MAX_ALIASES: '5',
    MAX_TOKENS: '600',
    MAX_COST: '4000',
    METRICS_TOKEN: 'metrics-token-12345',
  });
});
afterAll(() => platform.stop());

const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${platform.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

describe('GraphQL over HTTP', () => {
  it('answers POST and GET', async () => {
    const { status, data, headers } = await platform.graphql('{ item(id: "1") { name stock { onHand } } }');
    expect({ status, data }).toEqual({
      status: 200,
      data: { item: { name: 'Coffee', stock: { onHand: '5' } } },
    });
    expect(headers.get('content-type')).toContain('application/json');
    const get = await fetch(`${platform.url}/graphql?query={lowest{id}}`, {
      headers: { 'apollo-require-preflight': 'true' },
    });
    expect(await get.json()).toEqual({ data: { lowest: { id: '3' } } });
  });

  it('refuses mutations by GET with 405', async () => {
    const response = await fetch(`${platform.url}/graphql?query=mutation{remember(word:"x")}`, {
      headers: { 'apollo-require-preflight': 'true' },
    });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'METHOD_NOT_ALLOWED' } }] });
  });

  const limits: [name: string, query: string, code: string][] = [
    ['depth', '{ item(id: "1") { parts { parts { parts { parts { parts { id } } } } } } }', 'QUERY_TOO_COSTLY'],
    ['depth through fragments', '{ item(id: "1") { ...A } } fragment A on Item { parts { parts { ...B } } } fragment B on Item { parts { parts { parts { id } } } }', 'QUERY_TOO_COSTLY'],
    ['aliases', '{ ' + 'abcdef'.split('').map((name) => `${name}: dear`).join(' ') + ' }', 'QUERY_TOO_COSTLY'],
    ['directives', `{ item(id: "1") { ${'id @skip(if: $y) '.repeat(51)} } }`.replace('{', 'query ($y: Boolean!) {'), 'QUERY_TOO_COSTLY'],
    ['tokens', `{ ${'dear '.repeat(700)} }`, 'QUERY_TOO_COSTLY'],
    ['cost of a field', '{ dear }', 'QUERY_TOO_COSTLY'],
    ['cost of a page', '{ page(size: 1000) { items { parts { id } } } }', 'QUERY_TOO_COSTLY'],
    ['a reserved alias', '{ __proto__: dear }', 'QUERY_INVALID'],
    ['syntax', '{ item(id: ', 'QUERY_INVALID'],
    ['unknown fields', '{ nothing }', 'QUERY_INVALID'],
    ['a literal of the wrong kind', '{ echo(amount: "much") }', 'QUERY_INVALID'],
    ['fragments in a circle', '{ item(id: "1") { ...A } } fragment A on Item { parts { ...A } }', 'QUERY_INVALID'],
    ['fragments that multiply', `{ item(id: "1") { ...F0 } } ${Array.from({ length: 20 }, (_, i) => `fragment F${i} on Item { ${i < 19 ? `parts { ...F${i + 1} } ...F${i + 1}` : 'id'} }`).join(' ')}`, 'QUERY_INVALID'],
  ]; // prettier-ignore
  it.each(limits)('answers %s beyond what is permitted with 400', async (_name, query, code) => {
    const { status, errors, data } = await platform.graphql(query);
    expect({ status, data, code: errors![0]!.extensions.code }).toEqual({
      status: 400,
      data: undefined,
      code,
    });
    expect(errors![0]!.extensions.requestId).toEqual(expect.any(String));
  });

  it('counts the size that a variable says', async () => {
    const query = 'query ($size: Int) { page(size: $size) { items { parts { id } } } }';
    expect((await platform.graphql(query, { size: 2 })).status).toBe(200);
    expect((await platform.graphql(query, { size: 900 })).status).toBe(400);
  });

  it('answers bad variables with 422 and the field', async () => {
    const { status, errors } = await platform.graphql('query ($a: Money) { echo(amount: $a) }', {
      a: 'much',
    });
    expect(status).toBe(422);
    expect(errors![0]!.extensions).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ field: 'amount' }],
    });
  });

  it('answers what is no GraphQL request with 400, and batches too', async () => {
    for (const body of ['{', '[]', '{}', '[{"query":"{lowest{id}}"}]', '"text"']) {
      const response = await post(body);
      expect([body, response.status]).toEqual([body, 400]);
      expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] });
    }
    expect((await post(`{"query":"${'x'.repeat(1_100_000)}"}`)).status).toBe(413);
  });

  it('refuses requests that a page elsewhere could make a browser send', async () => {
    const body = '{"query":"{lowest{id}}"}';
    expect((await post(body, { 'content-type': 'text/plain' })).status).toBe(400);
    const get = (site: string) =>
      fetch(`${platform.url}/graphql?query={lowest{id}}`, { headers: { 'sec-fetch-site': site } });
    expect([(await get('cross-site')).status, (await get('same-site')).status]).toEqual([400, 400]);
    expect([(await get('same-origin')).status, (await get('none')).status]).toEqual([200, 200]);
  });

  it('knows automatic persisted queries', async () => {
    const query = '{ lowest { id } }';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    const first = (await (await post({ extensions })).json()) as unknown;
    expect(first).toMatchObject({
      errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    });
    expect(await (await post({ query, extensions })).json()).toEqual({ data: { lowest: { id: '3' } } });
    expect(await (await post({ extensions })).json()).toEqual({ data: { lowest: { id: '3' } } });
  });

  it('masks what fails inside', async () => {
    const { status, data, errors } = await platform.graphql('{ broken }');
    expect({ status, data }).toEqual({ status: 200, data: { broken: null } });
    expect(JSON.stringify(errors)).not.toContain('hunter2');
    expect(Object.keys(errors![0]!.extensions).sort()).toEqual(['code', 'requestId', 'retry']);
  });

  it('knows who asks, and answers a bad token with 401', async () => {
    expect((await platform.graphql('{ secret }', {}, 'good')).data).toEqual({ secret: 'told' });
    const anonymous = await platform.graphql('{ secret }');
    expect([anonymous.status, anonymous.errors![0]!.extensions.code]).toEqual([200, 'UNAUTHENTICATED']);
    const bad = await platform.graphql('{ secret }', {}, 'bad');
    expect([bad.status, bad.errors![0]!.extensions.code]).toEqual([401, 'TOKEN_EXPIRED']);
    const strange = await post({ query: '{ secret }' }, { authorization: 'Basic abc' });
    expect(strange.status).toBe(401);
    // Whoever holds an old token must still be able to sign in.
    expect((await platform.graphql('{ lowest { id } }', {}, 'bad')).status).toBe(200);
  });

  it('shows GraphiQL to browsers, without anything from elsewhere', async () => {
    const page = await fetch(`${platform.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
    const text = await page.text();
    expect(text).not.toMatch(/<(script|link)[^>]+(src|href)=["']https?:/);
    const files = [...text.matchAll(/(?:src|href)="(\/graphql\/assets\/[^"]+)"/g)].map(([, file]) => file!);
    expect(files).toHaveLength(6);
    for (const file of files) {
      const asset = await fetch(platform.url + file);
      expect([asset.status, asset.headers.get('cache-control')]).toEqual([
        200,
        'public, max-age=31536000, immutable',
      ]);
      expect(asset.headers.get('content-type')).toBe(
        `text/${file.includes('.css') ? 'css' : 'javascript'}; charset=utf-8`,
      );
      await asset.arrayBuffer();
    }
    expect((await fetch(`${platform.url}/graphql/assets/toString`)).status).toBe(404);
  });
});

describe('the web server', () => {
  it('takes a request id that is one, and makes one otherwise', async () => {
    const id = async (given?: string) =>
      (
        await fetch(
          `${platform.url}/health/live`,
          given === undefined ? {} : { headers: { 'x-request-id': given } },
        )
      ).headers.get('x-request-id');
    expect(await id('till-7:42')).toBe('till-7:42');
    expect(await id()).toMatch(/^[0-9a-f-]{36}$/);
    expect(await id('x'.repeat(200))).toMatch(/^[0-9a-f-]{36}$/);
    expect(await id('<script>')).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('tells how it is', async () => {
    const response = await fetch(`${platform.url}/health`);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({
      status: 'ok',
      version: expect.any(String) as unknown,
      uptime: expect.any(Number) as unknown,
      checks: {
        database: { status: 'ok', latency_ms: expect.any(Number) as unknown },
        outbox_relay: { status: 'ok', waiting: 0, oldest_seconds: null, last_error: null },
        audit_sealer: { status: 'ok', waiting: 0, oldest_seconds: null, last_error: null },
      },
    });
    expect((await fetch(`${platform.url}/health/ready`)).status).toBe(200);
  });

  it('shows metrics to whom they concern', async () => {
    expect((await fetch(`${platform.url}/metrics`)).status).toBe(403);
    const refused = await fetch(`${platform.url}/metrics`, {
      headers: { authorization: 'Bearer another-token-12345' },
    });
    expect([refused.status, refused.headers.get('content-type')]).toEqual([
      403,
      'application/problem+json; charset=utf-8',
    ]);
    await platform.graphql('query Named { lowest { id } }');
    const metrics = await (
      await fetch(`${platform.url}/metrics`, { headers: { authorization: 'Bearer metrics-token-12345' } })
    ).text();
    expect(metrics).toMatch(
      /pospro_http_request_duration_seconds_count\{method="POST",route="\/graphql",status="200"\} \d+/,
    );
    expect(metrics).toMatch(
      /pospro_graphql_operation_duration_seconds_count\{type="query",name="Named",outcome="ok"\} 1/,
    );
    expect(metrics).toMatch(/pospro_database_connections\{pool="app",state="idle"\} \d+/);
    expect(metrics).toContain('nodejs_eventloop_lag_seconds');
  });

  it('ignores a trailing slash', async () => {
    expect((await fetch(`${platform.url}/health/live/`)).status).toBe(200);
  });

  it('answers an unknown address with a problem', async () => {
    const response = await fetch(`${platform.url}/nowhere`);
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });
});

describe('the end', () => {
  it('lets a request in flight finish, and accepts no more', async () => {
    // Waiting for the grace period to end would take longer than a test may.
    const other = await started({ SHUTDOWN_GRACE_MS: '120000' });
    const begun = once(slowCalls, 'start');
    const slow = other.graphql('{ slow(milliseconds: 3000) }');
    await begun;
    const stopped = other.stop();
    expect((await slow).data).toEqual({ slow: 3000 });
    await stopped;
    await expect(fetch(`${other.url}/health/live`)).rejects.toThrow();
  });

  it('tells one who comes over an open connection to ask again, as any error is told', async () => {
    const other = await started({ SHUTDOWN_GRACE_MS: '120000' });
    const socket = connect(Number(new URL(other.url).port), '127.0.0.1');
    let answer = '';
    socket.on('data', (part) => (answer += part.toString()));
    const ended = new Promise((resolve) => socket.on('close', resolve));
    const body = '{"query":"{ slow(milliseconds: 3000) }"}';
    const begun = once(slowCalls, 'start');
    socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await begun;
    const stopped = other.stop();
    socket.write('GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n');
    await stopped;
    await ended;
    const [first, second] = answer.split(/(?=HTTP\/1\.1 )/);
    expect(first).toContain('{"slow":3000}');
    expect(second).toMatch(/^HTTP\/1\.1 503 /);
    expect(second).toMatch(
      /\r\nconnection: close\r\n.*content-type: application\/problem\+json.*\r\nretry-after: 1\r\n/is,
    );
    expect(second).toContain('"code":"UNAVAILABLE"');
  });

  it('serves open connections while it drains, asks them to close, and accepts no others', async () => {
    const other = await started({ SHUTDOWN_DRAIN_MS: '120000' });
    const [used, idle] = [openConnection(other.url), openConnection(other.url)];
    await Promise.all([used, idle].map(({ opened }) => opened));
    const stopped = other.stop();
    await eventually(() => !other.platform.app.server.listening);
    await expect(fetch(`${other.url}/health/live`)).rejects.toThrow();
    const body = '{"query":"{ slow(milliseconds: 1) }"}';
    used.socket.write(
      `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    // Its end is the server's.
    const answer = await used.ended;
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    expect(answer).toMatch(/\r\nconnection: close\r\n/i);
    expect(answer).toContain('{"slow":1}');
    idle.socket.write('GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n');
    expect(await idle.ended).toMatch(/^HTTP\/1\.1 503 [^]*"status":"stopping"/);
    // Without connections there is nothing to wait for.
    await stopped;
  });

  it('closes idle connections once it has drained for as long as it may', async () => {
    const other = await started({ SHUTDOWN_DRAIN_MS: '300' });
    const idle = openConnection(other.url);
    await idle.opened;
    await other.stop();
    expect(await idle.ended).toBe('');
  });

  it('waits no longer than it may', async () => {
    const other = await started({ SHUTDOWN_GRACE_MS: '200' });
    const begun = once(slowCalls, 'start');
    const ended = new Promise<string>((resolve) => {
      const request = httpRequest(
        `${other.url}/graphql`,
        { method: 'POST', headers: { 'content-type': 'application/json' } },
        () => resolve('answered'),
      );
      request.on('error', () => resolve('cut'));
      request.end('{"query":"{ slow(milliseconds: 120000) }"}');
    });
    await begun;
    await other.stop();
    expect(await ended).toBe('cut');
  });
});

describe('without introspection', () => {
  it('tells nothing of the schema', async () => {
    const closed = await started({ INTROSPECTION: 'false' });
    const asked = await closed.graphql('{ __schema { types { name } } }');
    expect([asked.status, asked.errors![0]!.extensions.code]).toEqual([400, 'QUERY_INVALID']);
    expect((await closed.graphql('{ itemz { id } }')).errors![0]!.message).not.toContain('items');
    const page = await fetch(`${closed.url}/graphql`, { headers: { accept: 'text/html' } });
    expect(page.status).toBe(400);
    expect((await fetch(`${closed.url}/graphql/assets/page.js`)).status).toBe(404);
    await closed.stop();
  });
});
