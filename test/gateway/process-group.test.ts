/** PROCESSES: several processes behind one port, of which one is killed under load. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'undici';
import { verifyTrail } from '#kernel/audit/verify';
import { readConfig } from '#kernel/config';
import { sql } from '#kernel/db/database';
import { TEST_PASSWORD } from '#test/harness/actors';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { freePort } from '#test/harness/free-port';
import { eventually } from '#test/harness/patience';
import { openTill, type Till } from '#test/harness/shop';
import { disposeClients, graphqlClient, listen } from '#test/live/clients';

const ROOT = path.resolve(__dirname, '../..');
const COUNT = 2;
/** Longer than the time in which a process may end its background work. */
const DRAIN_MS = 12_000;

let db: TestDatabase;
let till: Till;
let first: ChildProcess;
let output = '';
let url: string;
let token: string;

function start(env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'gateway/main.ts'], {
    cwd: ROOT,
    env: {
      ...process.env,
      NODE_ENV: 'test',
      JWT_SECRET: 'x'.repeat(32),
      DATABASE_URL: db.url,
      DATABASE_POOL_SIZE: '5',
      DEMO: 'false',
      HOST: '127.0.0.1',
      PROCESSES: String(COUNT),
      RATE_LIMIT_PER_MINUTE: '0',
      LOG_LEVEL: 'error',
      ...env,
    },
  });
  const collect = (part: Buffer) => (output += part.toString());
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return child;
}

/** The processes that serve: children of the first one. */
function serving(): number[] {
  const listed = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(first.pid)], { encoding: 'utf8' });
  return listed
    .split('\n')
    .filter((line) => line.includes('gateway/main.ts'))
    .map((line) => Number.parseInt(line, 10));
}

const until: typeof eventually = (holds, message) =>
  eventually(holds, message, { limitMs: 150_000, pauseMs: 100 });

async function ask(method: string, place: string, body?: unknown): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}${place}`, {
    method,
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      connection: 'close',
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(5_000),
  });
  return { status: answer.status, text: await answer.text() };
}

/** Sells as a till does: again under the same reference until there is an answer. */
async function sell(reference: string): Promise<string> {
  for (let attempt = 1; attempt <= 100; attempt += 1) {
    try {
      const { status, text } = await ask('POST', '/api/v1/pos/checkout', {
        register_id: till.registerId,
        client_reference: reference,
        items: [{ barcode: '4006381333931', quantity: 1 }],
        payments: [{ method: 'cash', amount: '3.50' }],
      });
      if (status === 201 || status === 200) return (JSON.parse(text) as { id: string }).id;
      if (status !== 503 && status !== 409) throw new Error(`answer ${status}: ${text}`);
    } catch (error) {
      // The connection broke with its process, or was handed to it in that moment and is never answered.
      if (!['TypeError', 'TimeoutError'].includes((error as Error).name)) throw error;
    }
    await sleep(50);
  }
  throw new Error(`${reference} was never sold`);
}

/** The numbers of the processes that answer, as metrics name them. */
async function answering(): Promise<string[]> {
  const found = new Set<string>();
  for (let time = 0; time < 6; time += 1) {
    const { text } = await ask('GET', '/metrics');
    found.add(/pospro_registers_open\{process="(\d+)"\}/.exec(text)?.[1] ?? 'none');
  }
  return [...found].sort();
}

beforeAll(async () => {
  db = await testDatabase();
  till = await openTill(db);
  const port = String(await freePort());
  url = `http://127.0.0.1:${port}`;
  first = start({ PORT: port, SHUTDOWN_DRAIN_MS: String(DRAIN_MS), SHUTDOWN_GRACE_MS: '0' });
  await until(
    () => output.includes('PosPro is ready') || first.exitCode !== null,
    () => output,
  );
  const login = await ask('POST', '/api/v1/auth/login', { email: till.owner.email, password: TEST_PASSWORD });
  token = (JSON.parse(login.text) as { access_token: string }).access_token;
}, 240_000);
afterEach(disposeClients);
afterAll(async () => {
  if (first.exitCode === null) first.kill('SIGKILL');
  await db.close();
});

it('answers in each process, and its metrics name the process', async () => {
  expect(output).toMatch(/Processes +2\n/);
  expect(serving()).toHaveLength(COUNT);
  expect(await answering()).toEqual(['1', '2']);
});

it('loses no sale to a client that retries when a process is killed, and replaces it', async () => {
  const before = serving();
  const live = listen<{ saleCompleted: { order: { id: string } } }>(
    graphqlClient(url, token),
    'subscription { saleCompleted { order { id } } }',
  );
  await sleep(1_000);
  const references = Array.from({ length: 120 }, (_, index) => `sale-${index}`);
  const waiting = [...references];
  const orders: string[] = [];
  const client = async () => {
    for (let reference = waiting.shift(); reference; reference = waiting.shift())
      orders.push(await sell(reference));
  };
  const clients = Array.from({ length: 8 }, client);
  await until(
    () => orders.length >= 40,
    () => `${orders.length} sales`,
  );
  process.kill(before[0]!, 'SIGKILL');
  await Promise.all(clients);
  expect(new Set(orders).size).toBe(references.length);
  const stored = await till.ctx.db.many<{ id: string }>(sql`select id from orders`);
  expect(stored.map(({ id }) => id).sort()).toEqual([...orders].sort());
  const stock = await till.ctx.db.one<{ left: number }>(
    sql`select on_hand::float8 as left from stock_levels where variant_id = ${till.items.TEA!.variantId}::uuid`,
  );
  expect(stock.left).toBe(1000 - references.length);
  await until(
    async () => serving().length === COUNT && (await answering()).length === COUNT,
    () => output,
  );
  expect(serving()).not.toContain(before[0]);
  expect(serving()).toContain(before[1]);
  // The background work goes on: all entries are sealed, and events reach subscribers, whichever process has them.
  const { system } = db.services.database;
  await until(
    async () => (await verifyTrail(system, till.organizationId)).pending === 0,
    () => 'entries wait for their seal',
  );
  expect(await verifyTrail(system, till.organizationId)).toMatchObject({ valid: true, error: null });
  const again = live.errors.length > 0 || live.completed;
  const heard = again
    ? listen<{ saleCompleted: { order: { id: string } } }>(
        graphqlClient(url, token),
        'subscription { saleCompleted { order { id } } }',
      )
    : live;
  if (again) await sleep(1_000);
  const last = await sell('after');
  await until(
    () => heard.items.some(({ data }) => data?.saleCompleted.order.id === last),
    () => 'the last sale was not heard',
  );
}, 240_000);

it('ends the command if a process cannot start, with the reason', async () => {
  output = '';
  const failing = start({ PORT: '0', SUBGRAPH_URLS: 'stock=http://127.0.0.1:1/stock' });
  const [code] = (await once(failing, 'exit')) as [number];
  expect(code).toBe(2);
  expect(output).toContain('SUBGRAPH_URLS names "stock"');
  expect(output).toContain('A process of the platform could not start.');
}, 90_000);

it('stops all processes in order, after they have served open connections for the time of draining', async () => {
  const pids = serving();
  const open = new Agent({ connections: 1, pipelining: 1 });
  const health = async () => {
    const { statusCode, body } = await open.request({ origin: url, method: 'GET', path: '/health' });
    await body.dump();
    return statusCode;
  };
  expect(await health()).toBe(200);
  first.kill('SIGTERM');
  await sleep(DRAIN_MS - 1_000);
  expect(await health()).toBe(503);
  expect(await once(first, 'exit')).toEqual([0, null]);
  const alive = pids.filter((pid) => {
    try {
      return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return false;
    }
  });
  expect(alive).toEqual([]);
}, 60_000);

it('rejects numbers that do not work', () => {
  const read = (env: Record<string, string>) => () => readConfig({ NODE_ENV: 'test', ...env });
  expect(read({ PROCESSES: 'many' })).toThrow('PROCESSES must be a number from 1 to 64, or auto');
  expect(read({ PROCESSES: '9' })).toThrow('with the embedded PostgreSQL at most 8');
  expect(read({ PROCESSES: '9', DATABASE_URL: 'postgresql://nowhere/x' })().processes).toBe(9);
  expect(read({ PROCESSES: 'auto' })().processes).toBeGreaterThanOrEqual(1);
  expect(read({})().processes).toBe(1);
});
