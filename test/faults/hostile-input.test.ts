/**
 * Input that is slow, too large or not text, byte by byte as a hostile client sends it. Complete input is rejected within 100 ms, an
 * incomplete one when its time is over, and the next request is answered as ever. test/security has hostile values in valid requests.
 */
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { eventually } from '#test/harness/patience';
import { startLive, type LivePlatform } from '#test/live/live-shop';

/** The longest time until complete input is rejected. The best of three tries counts, because the machine has other work, too. */
const LIMIT_MS = 100;
const TRIES = 3;
const LARGE_BYTES = 60 * 1024 * 1024;

let platform: LivePlatform;
let token: string;
beforeAll(async () => {
  platform = await startLive();
  ({ token } = await platform.openShop());
});
afterAll(() => platform.stop());
afterEach(async () => {
  // The next request, and on a connection of its own: unharmed.
  const { status } = await platform.rest('GET', '/api/v1/auth/me', { token });
  expect(status).toBe(200);
});

interface Answer {
  readonly status: number;
  readonly code: string | undefined;
  /** From the last byte that the server waited for to the answer. */
  readonly ms: number;
}

const headOf = (target: string, ...headers: string[]) =>
  [`POST ${target} HTTP/1.1`, 'Host: shop.test', `Authorization: Bearer ${token}`, ...headers, '', ''].join(
    '\r\n',
  );

const handshakeOf = (target: string) =>
  [
    `GET ${target} HTTP/1.1`, 'Host: shop.test', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
    ...(target === '/graphql' ? ['Sec-WebSocket-Protocol: graphql-transport-ws'] : []),
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', '',
  ].join('\r\n'); // prettier-ignore

/** Sends parts over a new connection, and waits for its answer. @param write sends the rest, once the connection is open. */
function send(
  first: string | Buffer,
  write?: (send: (part: string | Buffer) => boolean) => void,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let heard = '';
    let start = 0;
    const socket = connect(Number(new URL(platform.url).port), '127.0.0.1', () => {
      socket.write(first);
      start = performance.now();
      write?.((part) => socket.writable && socket.write(part));
    });
    socket.setEncoding('utf8').on('data', (text: string) => {
      heard += text;
      const body = heard.slice(heard.indexOf('\r\n\r\n') + 4);
      const length = Number(/content-length: (\d+)/i.exec(heard)?.[1] ?? NaN);
      if (Buffer.byteLength(body) < length || Number.isNaN(length)) return;
      const problem = JSON.parse(body) as { code?: string; errors?: { extensions: { code: string } }[] };
      const code = problem.code ?? problem.errors?.[0]?.extensions.code;
      resolve({ status: Number(heard.slice(9, 12)), code, ms: performance.now() - start });
      socket.destroy();
    });
    socket.on('close', () => reject(new Error(`closed without a whole answer: ${heard}`)));
    // A server that has answered need not read the rest.
    socket.on('error', () => undefined);
  });
}

/** The quickest of some tries, which must all have the same outcome. */
async function quickest(attempt: () => Promise<Answer>): Promise<Answer> {
  const answers: Answer[] = [];
  for (let tries = 0; tries < TRIES; tries += 1) answers.push(await attempt());
  expect(new Set(answers.map(({ status, code }) => `${status} ${code}`)).size).toBe(1);
  return answers.sort((one, other) => one.ms - other.ms)[0]!;
}

const JSON_TYPE = 'Content-Type: application/json';
const TARGETS = ['/graphql', '/api/v1/products'];
/** Invalid UTF-8: a lone continuation byte, an overlong slash, half of a pair, a sequence that ends early. */
const BAD_UTF8 = {
  'a lone byte': [0x80],
  'an overlong slash': [0xc0, 0xaf],
  'half of a pair': [0xed, 0xa0, 0x80],
  'a part of a letter': [0xe2, 0x82],
};

describe.each(TARGETS)('%s', (target) => {
  it('rejects a declared body of 60 MB before it arrives', async () => {
    const { ms, ...answer } = await quickest(() =>
      send(headOf(target, JSON_TYPE, `Content-Length: ${LARGE_BYTES}`)),
    );
    expect(answer).toEqual({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    expect(ms).toBeLessThan(LIMIT_MS);
  });

  it('rejects a chunked body of 60 MB at its limit', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    const framed = Buffer.concat([
      Buffer.from(`${chunk.length.toString(16)}\r\n`),
      chunk,
      Buffer.from('\r\n'),
    ]);
    const before = process.memoryUsage().rss;
    const { ms, ...answer } = await quickest(() =>
      send(headOf(target, JSON_TYPE, 'Transfer-Encoding: chunked'), (write) => {
        for (let sent = 0; sent < LARGE_BYTES; sent += chunk.length) write(framed);
      }),
    );
    expect(answer).toEqual({ status: 413, code: 'PAYLOAD_TOO_LARGE' });
    expect(ms).toBeLessThan(LIMIT_MS);
    // The chunks that the client holds ready are one buffer.
    expect(process.memoryUsage().rss - before).toBeLessThan(LARGE_BYTES);
  });

  it.each(Object.entries(BAD_UTF8))('rejects a body with %s', async (_, bytes) => {
    const [start, end] =
      target === '/graphql' ? ['{"query":"{ products(search: \\"', '\\") { page } }"}'] : ['{"name":"', '"}'];
    const body = Buffer.concat([Buffer.from(start), Buffer.from(bytes), Buffer.from(end)]);
    const head = headOf(target, JSON_TYPE, `Content-Length: ${body.length}`);
    const { ms, ...answer } = await quickest(() => send(Buffer.concat([Buffer.from(head), body])));
    expect(answer).toEqual({ status: 400, code: 'BAD_REQUEST' });
    expect(ms).toBeLessThan(LIMIT_MS);
  });

  it('rejects a query string that is not UTF-8', async () => {
    const query = target === '/graphql' ? 'query={products(search:"%ed%a0%80"){page}}' : 'search=%80';
    const answer = await quickest(async () => {
      const start = performance.now();
      const { status, body } = await platform.rest('GET', `${target}?${query}`, { token });
      const { code, errors } = body as { code?: string; errors?: { extensions: { code: string } }[] };
      return { status, code: code ?? errors?.[0]?.extensions.code, ms: performance.now() - start };
    });
    expect(answer).toMatchObject({ status: 400, code: 'BAD_REQUEST' });
    expect(answer.ms).toBeLessThan(LIMIT_MS);
  });
});

it('answers senders of slow bodies with 408, and everyone else meanwhile', async () => {
  const intervals: NodeJS.Timeout[] = [];
  const start = performance.now();
  const slow = Array.from({ length: 40 }, (_, index) =>
    send(headOf(TARGETS[index % 2]!, JSON_TYPE, 'Content-Length: 1000'), (write) =>
      intervals.push(setInterval(() => write(' '), 500)),
    ),
  );
  // Headers that trickle, too.
  const headers = Array.from({ length: 40 }, () =>
    send('POST /graphql HTTP/1.1\r\n', (write) =>
      intervals.push(setInterval(() => write('X-A: b\r\n'), 500)),
    ),
  );
  await sleep(1_000);
  const { status } = await platform.rest('GET', '/api/v1/products', { token });
  expect(status).toBe(200);
  const outcome = (answers: Answer[]) => [...new Set(answers.map(({ status, code }) => `${status} ${code}`))];
  expect(outcome(await Promise.all(headers))).toEqual(['408 REQUEST_TIMEOUT']);
  expect(performance.now() - start).toBeLessThan(9_000);
  expect(outcome(await Promise.all(slow))).toEqual(['408 REQUEST_TIMEOUT']);
  expect(performance.now() - start).toBeLessThan(14_000);
  for (const interval of intervals) clearInterval(interval);
}, 30_000);

it('serves no batches of documents', async () => {
  const query = '{ products { page } }';
  const body = Array.from({ length: 1_000 }, () => ({ query }));
  const { ms, ...answer } = await quickest(async () => {
    const start = performance.now();
    const { status, body: problem } = await platform.rest('POST', '/graphql', { token, body });
    const { errors } = problem as { errors: { extensions: { code: string } }[] };
    return { status, code: errors[0]!.extensions.code, ms: performance.now() - start };
  });
  expect(answer).toEqual({ status: 400, code: 'BAD_REQUEST' });
  expect(ms).toBeLessThan(LIMIT_MS);
});

describe('a socket', () => {
  const SOCKETS = ['/graphql', `/ws/stock-updates`] as const;
  const open = (target: string): WebSocket =>
    new WebSocket(
      platform.url.replace('http', 'ws') + target,
      target === '/graphql' ? 'graphql-transport-ws' : [],
      { headers: { authorization: `Bearer ${token}` } },
    );
  /** The close code, and the time from the last message to it. */
  async function closed(target: string, message: (socket: WebSocket) => void) {
    const socket = open(target);
    socket.on('error', () => undefined);
    await new Promise((resolve) => socket.once('open', resolve));
    const start = performance.now();
    const end = new Promise<number>((resolve) => socket.once('close', resolve));
    message(socket);
    return { status: await end, code: undefined, ms: performance.now() - start };
  }
  /** A text frame with bytes that are not UTF-8, which clients cannot make by themselves. */
  const asText = (bytes: number[]) => (socket: WebSocket) =>
    socket.send(Buffer.from(bytes), { binary: false });

  /** Sends no more than the head of a large frame, over bare TCP. @returns the code of the close frame. */
  function announceMessage(target: string): Promise<Answer> {
    const frame = Buffer.alloc(14);
    frame.writeUInt16BE(0x81ff);
    frame.writeBigUInt64BE(BigInt(LARGE_BYTES), 2);
    return new Promise((resolve, reject) => {
      let start = 0;
      const socket = connect(Number(new URL(platform.url).port), '127.0.0.1', () =>
        socket.write(handshakeOf(target)),
      );
      socket.once('data', () => {
        start = performance.now();
        socket.write(frame);
        socket.once('data', (close) => {
          resolve({ status: close.readUInt16BE(2), code: undefined, ms: performance.now() - start });
          socket.destroy();
        });
      });
      socket.on('error', reject);
    });
  }

  it.each(SOCKETS)('on %s is closed with 1007 for text that is not UTF-8', async (target) => {
    for (const bytes of Object.values(BAD_UTF8)) {
      const { status, ms } = await quickest(() => closed(target, asText(bytes)));
      expect(status).toBe(1007);
      expect(ms).toBeLessThan(LIMIT_MS);
    }
  });

  it.each(SOCKETS)('on %s is closed with 1009 for a message of 60 MB, before it arrives', async (target) => {
    const { status, ms } = await quickest(() => announceMessage(target));
    expect(status).toBe(1009);
    expect(ms).toBeLessThan(LIMIT_MS);
  });

  it('on /graphql is closed with 4400 for a batch of messages', async () => {
    const batch = JSON.stringify(
      Array.from({ length: 100 }, (_, id) => ({ id: `${id}`, type: 'subscribe' })),
    );
    const { status, ms } = await quickest(() => closed('/graphql', (socket) => socket.send(batch)));
    expect(status).toBe(4400);
    expect(ms).toBeLessThan(LIMIT_MS);
  });

  it('leaves nothing behind', async () => {
    const counts = () => platform.platform.live.counts();
    await eventually(() => counts().sockets === 0 && counts().subscribers === 0);
  });
});
