/** More is asked than can be done: new requests get 503 and Retry-After at once, those that have begun are answered, and then all is well. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { WebSocket } from 'ws';
import { pino } from 'pino';
import { readConfig } from '#kernel/config';
import { createContext } from '#kernel/context';
import { createMetrics } from '#gateway/http/metrics';
import { rejectOverload } from '#gateway/http/overload';
import { createServer } from '#gateway/server';
import { subgraph as authSubgraph } from '#subgraphs/auth/subgraph';
import { TEST_PASSWORD, createOwner } from '#test/harness/actors';
import { eventually } from '#test/harness/patience';
import { startTestPlatform, type TestPlatform } from '#test/harness/platform';

describe('a locked table that uses up the connections', () => {
  const WAIT_MS = 500;
  const LOCK_TIMEOUT_MS = 5_000;
  let platform: TestPlatform;
  let token: string;
  let lock: Client;
  beforeAll(async () => {
    platform = await startTestPlatform({
      env: { DATABASE_POOL_SIZE: '2', OVERLOAD_WAIT_MS: String(WAIT_MS) },
      subgraphs: [authSubgraph({ newShop: [] })],
      supergraphFile: 'none',
    });
    const { services } = platform;
    const owner = await createOwner({
      services,
      contextFor: (actor) => createContext(services, actor, { requestId: 'test', address: '127.0.0.1' }),
    });
    const login = await platform.rest('POST', '/api/v1/auth/login', {
      body: { email: owner.user.email, password: TEST_PASSWORD },
    });
    token = (login.body as { access_token: string }).access_token;
  });
  afterAll(() => platform.stop());
  beforeEach(async () => {
    lock = new Client({ connectionString: platform.services.config.databaseUrl });
    await lock.connect();
    // The caller's session is cached, so that only the list itself waits.
    expect((await listKeys()).status).toBe(200);
    await lock.query('begin; lock table api_keys in access exclusive mode');
  });
  afterEach(() => lock.end());

  const listKeys = async () => {
    const start = performance.now();
    const { status, headers, body } = await platform.rest('GET', '/api/v1/auth/api-keys', { token });
    const { code } = body as { code?: string };
    return { status, code, retryAfter: headers.get('retry-after'), ms: performance.now() - start };
  };
  const connections = () => platform.services.database.connections().app!;
  /** Asks for a WebSocket. @returns the status: 101 for one that opens, and the header Retry-After of any other. */
  const upgrade = (path: string) =>
    new Promise<{ status: number; retryAfter?: string | undefined }>((resolve, reject) => {
      const socket = new WebSocket(`${platform.url.replace('http', 'ws')}${path}`, 'graphql-transport-ws');
      socket.on('open', () => {
        resolve({ status: 101 });
        socket.terminate();
      });
      socket.on('error', reject);
      socket.on('unexpected-response', (_request, { statusCode, headers }) => {
        resolve({ status: statusCode!, retryAfter: headers['retry-after'] });
        socket
          .removeAllListeners('error')
          .on('error', () => undefined)
          .terminate();
      });
    });

  it('rejects new requests at once, and answers those that have a connection', async () => {
    const held = [listKeys(), listKeys()];
    await eventually(() => connections().busy === 2);
    const queued = [listKeys(), listKeys(), listKeys()];
    await eventually(() => connections().longestWaitMs > WAIT_MS);
    const rejected = await listKeys();
    expect(rejected).toMatchObject({ status: 503, code: 'UNAVAILABLE', retryAfter: '1' });
    // Checks of load balancers, and figures, come through.
    for (const path of ['/health/live', '/health/ready', '/health'])
      expect([path, (await platform.rest('GET', path)).status]).toEqual([path, 200]);
    expect((await platform.rest('GET', '/metrics')).text).toContain(
      'pospro_http_requests_rejected_total{reason="database"} 1',
    );
    for (const { ms, ...answer } of await Promise.all(queued)) {
      expect(answer).toEqual({ status: 503, code: 'UNAVAILABLE', retryAfter: '1' });
      expect(ms).toBeGreaterThanOrEqual(2 * WAIT_MS - 50);
      expect(ms).toBeLessThan(LOCK_TIMEOUT_MS);
      expect(ms).toBeGreaterThan(rejected.ms);
    }
    await lock.query('rollback');
    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    expect((await listKeys()).status).toBe(200);
    expect(connections()).toMatchObject({ waiting: 0, longestWaitMs: 0 });
  });

  it('rejects new sockets and documents in the same way, and serves them again at once after', async () => {
    const waiting = Array.from({ length: 3 }, listKeys);
    await eventually(() => connections().longestWaitMs > WAIT_MS);
    expect(await upgrade('/graphql')).toEqual({ status: 503, retryAfter: '1' });
    const { status, errors, headers } = await platform.graphql('{ apiKeys { total } }', {}, token);
    expect({ status, code: errors![0]!.extensions.code, retryAfter: headers.get('retry-after') }).toEqual({
      status: 503,
      code: 'UNAVAILABLE',
      retryAfter: '1',
    });
    await lock.query('rollback');
    await Promise.all(waiting);
    expect(await upgrade('/graphql')).toEqual({ status: 101 });
  });

  it('answers 503 within the time-out of a lock, whatever the number of requests, and is well again at once', async () => {
    const answers = await Promise.all(Array.from({ length: 30 }, listKeys));
    expect(new Set(answers.map(({ status, code, retryAfter }) => `${status} ${code} ${retryAfter}`))).toEqual(
      new Set(['503 UNAVAILABLE 1']),
    );
    const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
    // The two that had a connection waited for the lock, the others for a connection.
    expect(times.filter((ms) => ms < LOCK_TIMEOUT_MS - 100)).toHaveLength(28);
    expect(times.at(-1)!).toBeLessThan(LOCK_TIMEOUT_MS + 3_000);
    await lock.query('rollback');
    const after = await Promise.all(Array.from({ length: 20 }, listKeys));
    expect(new Set(after.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

it('an event loop that is late several times in a row rejects requests until it is in time again', async () => {
  const log = pino({ level: 'silent' });
  const config = readConfig({ NODE_ENV: 'test', OVERLOAD_LOOP_DELAY_MS: '100', OVERLOAD_WAIT_MS: '0' });
  const app = await createServer(config, log);
  rejectOverload(app, config, { database: { connections: () => ({}) }, metrics: createMetrics() });
  app.get('/work', () => 'done');
  app.get('/probe', { config: { uncounted: true } }, () => 'alive');
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  const statusOf = async (path: string) => (await fetch(url + path)).status;
  expect(await statusOf('/work')).toBe(200);
  let isBusy = true;
  // Each turn of the loop takes 300 ms, as with too much work in it.
  const work = () => {
    const end = performance.now() + 300;
    while (performance.now() < end);
    if (isBusy) setImmediate(work);
  };
  work();
  while ((await statusOf('/work')) !== 503);
  expect(await statusOf('/probe')).toBe(200);
  const answer = await fetch(`${url}/work`);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(await answer.json()).toMatchObject({ status: 503, code: 'UNAVAILABLE' });
  isBusy = false;
  while ((await statusOf('/work')) !== 200) await sleep(50);
  await app.close();
});
