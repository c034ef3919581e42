/** What used to slip by the rate limit, and connections that used to stay open behind a refusal. */
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import { startTestPlatform, type TestPlatform } from '../harness/platform';

const LIMIT = 5;

describe('each of these counts towards the rate limit, before anything else is done', () => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await startTestPlatform({
      env: { RATE_LIMIT_PER_MINUTE: String(LIMIT), TRUSTED_PROXIES: '127.0.0.1' },
    });
  });
  afterAll(() => platform.stop());

  // Each case comes from an address of its own, since they are counted by address.
  let sender = 0;
  beforeEach(() => (sender += 1));
  const from = () => ({ 'x-forwarded-for': `192.0.2.${sender}` });
  const rest = async (method: string, path: string, token?: string) =>
    (await platform.rest(method, path, { headers: from(), token })).status;
  const post = (body: string) =>
    fetch(`${platform.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...from() },
      body,
    });
  const handshake = () =>
    new Promise<number>((resolve) => {
      const url = `${platform.url.replace('http', 'ws')}/graphql`;
      const socket = new WebSocket(url, 'graphql-transport-ws', { headers: from() });
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
      socket.on('open', () => {
        socket.terminate();
        resolve(101);
      });
      socket.on('error', () => undefined);
    });
  // What is no request has no header that could say where it comes from.
  const raw = (text: string) =>
    new Promise<number>((resolve) => {
      const from = {
        port: Number(new URL(platform.url).port),
        host: '127.0.0.1',
        localAddress: `127.0.1.${sender}`,
      };
      const socket = connect(from, () => socket.write(text));
      let answer = '';
      socket.on('data', (part) => (answer += part.toString()));
      socket.on('error', () => undefined);
      socket.on('close', () => resolve(Number(answer.split(' ')[1])));
    });

  const cases: [string, number, () => Promise<number>][] = [
    ['a path that is not there', 404, () => rest('GET', '/nowhere')],
    ['a REST path that is not there', 404, () => rest('GET', '/api/v1/nowhere')],
    ['a picture that is not there', 404, () => rest('GET', '/media/none.webp')],
    ['a method that is not possible', 405, () => rest('DELETE', '/api/v1/branches')],
    ['a method that /graphql has not', 405, () => rest('PUT', '/graphql')],
    ['a body that is no JSON', 400, async () => (await post('{')).status],
    ['a body that is no GraphQL', 400, async () => (await post('{}')).status],
    ['a document that does not parse', 400, async () => (await post('{"query":"{"}')).status],
    ['a document that is not valid', 400, async () => (await post('{"query":"{ nothing }"}')).status],
    ['introspection', 200, async () => (await post('{"query":"{ __schema { queryType { name } } }"}')).status],
    ['a persisted query that is not known', 200, async () => (await post('{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}')).status],
    ['a WebSocket handshake', 101, handshake],
    ['bytes that are no HTTP', 400, () => raw('NONSENSE\r\n\r\n')],
    ['a path that cannot be read', 400, () => raw('GET /%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')],
    ['a request without Host', 400, () => raw('GET /health HTTP/1.1\r\nConnection: close\r\n\r\n')],
    ['a Host that is no name', 400, () => raw('GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n')],
    ['two Hosts', 400, () => raw('GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n')],
    ['a token that is no good', 401, () => rest('GET', '/api/v1/branches', 'none')],
  ]; // prettier-ignore
  it.each(cases)('%s', async (_what, status, ask) => {
    const statuses: number[] = [];
    for (let time = 0; time <= LIMIT; time += 1) statuses.push(await ask());
    expect(statuses).toEqual([...Array.from({ length: LIMIT }, () => status), 429]);
    for (const path of ['/health', '/health/live', '/health/ready'])
      expect(await rest('GET', path)).toBe(200);
  });

  it('a document by its size, the first time that it is sent', async () => {
    const query = `{ __typename ...F } fragment F on Query { ${Array.from({ length: 28 }, (_, index) => `a${index}: __typename`).join(' ')} }`;
    // 29 root fields and one more for planning 31 selections: above the limit at once.
    expect((await post(JSON.stringify({ query }))).headers.get('ratelimit-remaining')).toBe('0');
  });
});

describe('a body that nobody waits for', () => {
  let platform: TestPlatform;
  beforeAll(async () => (platform = await startTestPlatform()));
  afterAll(() => platform.stop());

  it.each([
    ['to where a token is needed', '/api/v1/products/bulk-create', 401],
    ['to no route', '/api/v1/nowhere', 404],
    ['by a wrong method', '/health/live', 404],
  ])(
    'is refused %s, and its connection ends, though the sender goes on slowly',
    async (_what, path, status) => {
      const answered = await new Promise<{ status: number; connection: string | undefined }>(
        (resolve, reject) => {
          const headers = { 'content-type': 'text/csv', 'content-length': '100000000' };
          const request = httpRequest(`${platform.url}${path}`, { method: 'POST', headers }, (response) => {
            response.resume();
            const answer = { status: response.statusCode ?? 0, connection: response.headers.connection };
            // Without an end by the server the sender would go on for as long as an upload may take, which is longer than a test may.
            request.on('close', () => resolve(answer));
          });
          request.on('error', reject);
          request.write('sku,name\n');
          const drip = setInterval(() => (request.destroyed ? clearInterval(drip) : request.write('x')), 200);
          request.on('close', () => clearInterval(drip));
        },
      );
      expect(answered).toEqual({ status, connection: 'close' });
    },
  );
});
