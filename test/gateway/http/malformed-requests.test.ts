/** What the web server says to bytes that never become a request. */
import type { FastifyInstance } from 'fastify';
import { connect, type Socket } from 'node:net';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';
import { fixtureSubgraphs } from '#test/gateway/fixture-graph';

let platform: TestPlatform;
beforeAll(async () => {
  // Nothing but a route with a part that has a name.
  const mountRest = (app: FastifyInstance) => Promise.resolve(void app.get('/things/:id', () => 'found'));
  platform = await startTestPlatform({ subgraphs: fixtureSubgraphs, mountRest, supergraphFile: 'none' });
});
afterAll(() => platform.stop());

/** Sends texts as they are, and gives back all that comes until the server ends the connection. */
function exchange(first: string, onConnected: (socket: Socket) => void = () => undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(Number(new URL(platform.url).port), '127.0.0.1', () => {
      socket.write(first);
      onConnected(socket);
    });
    socket.setEncoding('utf8').on('data', (text: string) => (heard += text));
    socket.on('close', () => resolve(heard)).on('error', reject);
  });
}

interface Answer {
  status: string;
  headers: Record<string, string>;
  body: Record<string, unknown>;
}

/** The last answer in what came, with the length that it gives checked. */
function lastAnswer(heard: string): Answer {
  const text = heard.slice(heard.lastIndexOf('HTTP/1.1 '));
  const [head, body] = [text.slice(0, text.indexOf('\r\n\r\n')), text.slice(text.indexOf('\r\n\r\n') + 4)];
  const [status, ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => line.split(': ', 2) as [string, string]));
  expect(headers['content-length']).toBe(String(Buffer.byteLength(body)));
  return { status: status!, headers, body: JSON.parse(body) as Record<string, unknown> };
}

const GET = 'GET /health/live HTTP/1.1\r\nHost: x\r\n';
const cases: [name: string, sent: string, status: string, code: string, detail: string][] = [
  ['no HTTP at all', 'hello\r\n\r\n', '400 Bad Request', 'BAD_REQUEST', 'This is not a valid request of HTTP/1.1.'],
  ['TLS', '\x16\x03\x01\x02\r\n\r\n', '400 Bad Request', 'BAD_REQUEST', 'This is not a valid request of HTTP/1.1.'],
  ['a header without a name', `${GET}: x\r\n\r\n`, '400 Bad Request', 'BAD_REQUEST', 'This is not a valid request of HTTP/1.1.'],
  ['two lengths', `${GET}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`, '400 Bad Request', 'BAD_REQUEST', 'This is not a valid request of HTTP/1.1.'],
  ['a header too large', `${GET}X: ${'x'.repeat(40_000)}\r\n\r\n`, '431 Request Header Fields Too Large', 'HEADERS_TOO_LARGE', 'Address and headers together may have at most 16384 bytes.'],
  ['an address too long', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, '431 Request Header Fields Too Large', 'HEADERS_TOO_LARGE', 'Address and headers together may have at most 16384 bytes.'],
]; // prettier-ignore

it.each(cases)(
  'answers %s with a problem, and ends the connection',
  async (_, sent, status, code, detail) => {
    const answer = lastAnswer(await exchange(sent));
    expect(answer).toMatchObject({
      status: `HTTP/1.1 ${status}`,
      headers: {
        'content-type': 'application/problem+json; charset=utf-8',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        connection: 'close',
        'x-request-id': answer.body.request_id,
      },
      body: {
        status: Number(status.slice(0, 3)),
        code,
        detail,
        request_id: expect.stringMatching(/^[\da-f-]{36}$/) as string,
      },
    });
  },
);

it('gives who sends headers too slowly a 408, with which to try again', async () => {
  const { status, headers, body } = lastAnswer(await exchange(GET));
  expect(status).toBe('HTTP/1.1 408 Request Timeout');
  expect(body).toMatchObject({ code: 'REQUEST_TIMEOUT', retry: true, request_id: headers['x-request-id'] });
});

it('is heard by who goes on sending, and does not wait for them for ever', async () => {
  let sending: NodeJS.Timeout | undefined;
  const heard = await exchange(`${GET}X: ${'x'.repeat(20_000)}`, (socket) => {
    sending = setInterval(() => socket.write('x'.repeat(1_000)), 50);
    socket.once('end', () => clearInterval(sending));
  });
  clearInterval(sending);
  expect(lastAnswer(heard)).toMatchObject({ status: expect.stringContaining('431') as string });
  expect(heard.split('HTTP/1.1 ')).toHaveLength(2);
});

it('answers what follows an answered request, and never in the place of another answer', async () => {
  const heard = await exchange(`${GET}\r\n`, (socket) =>
    socket.once('data', () => socket.write('hello\r\n\r\n')),
  );
  expect(heard).toMatch(/^HTTP\/1.1 200 OK\r\n/);
  expect(lastAnswer(heard)).toMatchObject({
    status: 'HTTP/1.1 400 Bad Request',
    body: { code: 'BAD_REQUEST' },
  });
  const query = 'query=%7Bslow(milliseconds:300)%7D';
  const pending = `GET /graphql?${query} HTTP/1.1\r\nHost: x\r\napollo-require-preflight: 1\r\n\r\n`;
  expect(await exchange(`${pending}hello\r\n\r\n`)).toBe('');
});

it.each([
  ['without a host', 'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n', '400 Bad Request', 'BAD_REQUEST'],
  ['with a "%" that stands for nothing', 'GET /api/v1/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n', '400 Bad Request', 'BAD_REQUEST'],
  ['with a part that is too long', `GET /things/${'x'.repeat(301)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`, '414 URI Too Long', 'URI_TOO_LONG'],
])('answers a request %s as any other that cannot be read', async (_, sent, status, code) => {
  const answer = lastAnswer(await exchange(sent));
  expect(answer).toMatchObject({
    status: `HTTP/1.1 ${status}`,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body: { code, request_id: answer.headers['x-request-id'] },
  });
}); // prettier-ignore

it('asks no host of HTTP/1.0', async () => {
  expect(await exchange('GET /health/live HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1.1 200 OK\r\n/);
});

it('keeps a connection open after a refusal whose body has arrived with its headers', async () => {
  const refused = 'POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}';
  const heard = await exchange(`${refused}GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  expect(heard.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 404', 'HTTP/1.1 200']);
});
