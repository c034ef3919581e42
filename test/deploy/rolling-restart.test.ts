/**
 * The large size of docker-compose.yml, with its own commands and environment, behind the real nginx: a restart of one gateway after the
 * other under load fails no request, and no subscriber misses an event or hears one twice.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { builtDist } from '#test/harness/built-dist';
import { demoTemplate } from '#test/harness/demo-template';
import { freePort } from '#test/harness/free-port';
import { describeWithNginx, startNginx, type Nginx } from '#test/harness/nginx';
import { eventually } from '#test/harness/patience';
import { describeWithRedis, startRedis, type RedisServer } from '#test/harness/redis';
import { asOwner, cloneTemplate, withDatabase } from '#test/harness/server';
import { spawnService, startService, type RunningService } from './running-services';

const NAMES = ['analytics', 'webhooks', 'gateway-1', 'gateway-2'];
/** nginx tries a gateway again this long after it has failed. */
const TRIED_AGAIN_MS = 4_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

const describeLarge = describeWithRedis === describe ? describeWithNginx : describe.skip;

describeLarge('the large size (skipped without nginx or Redis)', () => {
  const ports = new Map<string, number>();
  const running = new Map<string, RunningService>();
  const variables: Record<string, string> = {
    JWT_SECRET: 'x'.repeat(32),
    POSTGRES_PASSWORD: 'secret',
    DATABASE_POOL_SIZE: '5',
    // On a busy machine one gateway may be late; test/faults is about overload.
    OVERLOAD_WAIT_MS: '0',
    OVERLOAD_LOOP_DELAY_MS: '0',
    TRUSTED_PROXIES: '127.0.0.1',
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_LOGINS_PER_MINUTE: '0',
    LOG_LEVEL: 'warn',
  };
  let dataDir: string;
  let dropDatabase: () => Promise<void>;
  let redis: RedisServer;
  let nginx: Nginx;
  let keepAlive: Agent;
  let token = '';

  const optionsOf = (name: string) => ({
    name,
    variables,
    addresses: Object.fromEntries([...ports].map(([known, port]) => [`${known}:8000`, `127.0.0.1:${port}`])),
    dataDir,
    port: ports.get(name) ?? 0,
  });
  const start = async (name: string) => void running.set(name, await startService(optionsOf(name)));

  beforeAll(async () => {
    await builtDist();
    const template = await demoTemplate(2);
    const name = `pospro_test_${randomBytes(6).toString('hex')}`;
    await cloneTemplate(template, name);
    dropDatabase = () => asOwner(template.serverUrl, `drop database if exists ${name} with (force)`);
    dataDir = mkdtempSync(path.join(tmpdir(), 'pospro-data-'));
    if (template.dataDir) cpSync(template.dataDir, dataDir, { recursive: true });
    redis = await startRedis();
    const url = withDatabase(template.serverUrl, name);
    Object.assign(variables, { DATABASE_URL: url, DATABASE_REPLICA_URL: url, REDIS_URL: redis.url });
    for (const one of NAMES) ports.set(one, await freePort());
    nginx = await startNginx({
      upstream: 'two-gateways.conf',
      server: 'https.conf',
      gateways: optionsOf('gateway-1').addresses,
    });
    keepAlive = new Agent({ keepAlive: true, ca: nginx.certificate });
  }, 600_000);

  afterAll(async () => {
    keepAlive.destroy();
    for (const service of running.values()) await service.stop();
    await nginx.stop();
    await redis.stop();
    rmSync(dataDir, { recursive: true, force: true });
    await dropDatabase();
  }, 120_000);

  it('migrates first, then starts', async () => {
    const migration = spawnService(optionsOf('migrate'));
    expect([await migration.ended, migration.output()]).toEqual([0, 'The database was up to date.\n']);
    await Promise.all(NAMES.map(start));
    const login = await ask('POST', '/auth/login', {
      body: { email: 'owner@pospro.com', password: 'secure123' },
    });
    token = (JSON.parse(login.text) as { access_token: string }).access_token;
    // A report of the subgraph in a process of its own.
    expect((await ask('GET', '/analytics/products/top')).status).toBe(200);
  }, 300_000);

  function ask(
    method: string,
    route: string,
    { body, agent = keepAlive, key }: { body?: object; agent?: Agent; key?: string } = {},
  ): Promise<Answer> {
    const headers = {
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
      ...(key && { 'idempotency-key': key }),
    };
    return new Promise((resolve, reject) => {
      const options = {
        host: 'localhost',
        port: nginx.httpsPort,
        method,
        path: `/api/v1${route}`,
        agent,
        headers,
      };
      const sent = request(options, (response) => {
        let text = '';
        response.on('data', (part) => (text += String(part)));
        response.on('end', () => resolve({ status: response.statusCode!, text }));
        response.on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body && JSON.stringify(body));
    });
  }

  /** Hears the sales, and goes on from its cursor when its socket is closed. */
  function hearSales(): { orders: string[]; closings: () => number; client: Client } {
    const orders: string[] = [];
    let cursor: string | undefined;
    let closed = 0;
    class TrustingSocket extends WebSocket {
      constructor(address: string, protocols?: string) {
        super(address, protocols, { ca: nginx.certificate });
      }
    }
    const client = createClient({
      url: `wss://localhost:${nginx.httpsPort}/graphql`,
      webSocketImpl: TrustingSocket,
      retryAttempts: 0,
      connectionParams: { authorization: `Bearer ${token}` },
      on: { closed: () => (closed += 1) },
    });
    const subscribe = () =>
      client.subscribe<{ saleCompleted: { cursor: string; order: { id: string } } }>(
        {
          query: 'subscription ($since: String) { saleCompleted(since: $since) { cursor order { id } } }',
          variables: { since: cursor },
        },
        {
          next: ({ data }) => {
            cursor = data!.saleCompleted.cursor;
            orders.push(data!.saleCompleted.order.id);
          },
          error: () => void subscribe(),
          complete: () => undefined,
        },
      );
    subscribe();
    return { orders, closings: () => closed, client };
  }

  it('restarts one gateway after the other without a failed request or a lost event', async () => {
    const { items } = JSON.parse((await ask('GET', '/pos/registers')).text) as {
      items: { id: string; session: object | null }[];
    };
    const registerId = items.find(({ session }) => session)!.id;
    const sale = (key: string) =>
      ask('POST', '/pos/checkout', {
        key,
        body: {
          register_id: registerId,
          items: [{ barcode: '123456789', quantity: 1 }],
          payments: [{ method: 'cash', amount: '100.00' }],
        },
      });
    const subscribers = [hearSales(), hearSales()];
    const sold: string[] = [];
    // A subscriber without a cursor hears what comes after its start: both have heard a sale before the others count.
    for (
      let attempt = 0;
      subscribers.some(({ orders }) => orders.length === 0) && attempt < 50;
      attempt += 1
    ) {
      expect((await sale(randomUUID())).status).toBe(201);
      await sleep(200);
    }
    const failed: string[] = [];
    let requests = 0;
    let isLoaded = true;
    const repeat = async (pauseMs: number, work: () => Promise<Answer>, expected: number) => {
      while (isLoaded) {
        const answer = await work().catch((error: unknown) => ({ status: 0, text: String(error) }));
        requests += 1;
        if (answer.status !== expected) failed.push(`${answer.status} ${answer.text.slice(0, 300)}`);
        await sleep(pauseMs);
      }
    };
    const sell = async () => {
      const answer = await sale(randomUUID());
      if (answer.status === 201) sold.push((JSON.parse(answer.text) as { id: string }).id);
      return answer;
    };
    const once = new Agent({ keepAlive: false, ca: nginx.certificate });
    const load = [
      ...Array.from({ length: 2 }, () => repeat(150, sell, 201)),
      ...Array.from({ length: 2 }, () => repeat(50, () => ask('GET', '/products?size=5'), 200)),
      repeat(100, () => ask('GET', '/pos/scan/123456789', { agent: once }), 200),
    ];
    await sleep(1_000);
    const codes: (number | null)[] = [];
    for (const name of ['gateway-1', 'gateway-2']) {
      codes.push(await running.get(name)!.stop());
      await start(name);
      await sleep(TRIED_AGAIN_MS);
    }
    isLoaded = false;
    await Promise.all(load);
    expect(failed).toEqual([]);
    expect(codes).toEqual([0, 0]);
    expect([requests > 200, sold.length > 30]).toEqual([true, true]);
    const isSold = new Set(sold);
    const counted = ({ orders }: { orders: string[] }) => orders.filter((id) => isSold.has(id));
    for (const subscriber of subscribers) {
      await eventually(
        () => counted(subscriber).length >= sold.length,
        () => `heard ${counted(subscriber).length} of ${sold.length}`,
      );
      expect(counted(subscriber).sort()).toEqual([...sold].sort());
      // Both gateways have closed it, or one of them twice.
      expect(subscriber.closings()).toBeGreaterThan(0);
      await subscriber.client.dispose();
    }
  }, 300_000);
});
