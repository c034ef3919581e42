/**
 * Two processes on one PostgreSQL, of which one has a clock that is set, is paused, or loses its network, in the middle of checkouts,
 * refunds, transfers, imports and closings. Clients go on with the other one, and the books are whole.
 */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '#kernel/db/database';
import { builtDist } from '#test/harness/built-dist';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { freePort } from '#test/harness/free-port';
import { eventually } from '#test/harness/patience';
import { startServer, type ServerProcess } from '#test/harness/server-process';
import type { Till } from '#test/harness/shop';
import { startTcpProxy, type TcpProxy } from '#test/harness/tcp-proxy';
import { showFigures, TRIAL_SEED, trialSize } from './trial-size';
import { bookDifferences } from './trial/books';
import { KINDS, openTrialShop, startWorkload, type Workload } from './trial/workload';

/** Time for which a process is paused or cut off, in seconds: by default longer than the lease of an import. */
const SECONDS = trialSize(12);
/** An attempt without an answer for so long is repeated at the other process. */
const CLIENT_TIMEOUT_MS = 3_000;
jest.setTimeout(300_000 + SECONDS * 10_000);

let db: TestDatabase;
let proxy: TcpProxy;
let sound: ServerProcess;
/** The one with faults; it reaches PostgreSQL by the proxy. */
let faulty: ServerProcess;
let urls: string[];

beforeAll(async () => {
  await builtDist();
  db = await testDatabase();
  const address = new URL(db.url);
  proxy = await startTcpProxy(Number(address.port));
  const ports = [await freePort(), await freePort()] as const;
  urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const env = { DATABASE_POOL_SIZE: '8' };
  sound = startServer({ port: ports[0], env: { ...env, DATABASE_URL: db.url } });
  await sound.ready();
  address.port = String(proxy.port);
  faulty = startServer({
    port: ports[1],
    env: { ...env, DATABASE_URL: address.href },
    preload: path.join(__dirname, '../harness/settable-clock.js'),
  });
  await faulty.ready();
});
afterAll(async () => {
  await Promise.all([sound, faulty].map((server) => server.end('SIGKILL')));
  await proxy.stop();
  await db.close();
});

async function untilSales({ counts }: Workload, more: number): Promise<void> {
  const before = counts().checkout;
  await eventually(
    () => counts().checkout >= before + more,
    () => `only ${counts().checkout - before} sales:\n${sound.output()}\n${faulty.output()}`,
    { limitMs: 120_000, pauseMs: 20 },
  );
}

/** Runs clients of both processes during a fault, and compares the books with what they were answered. */
async function withClients(fault: (workload: Workload, till: Till) => Promise<void>): Promise<void> {
  const till = await openTrialShop(db);
  const workload = startWorkload(till, { urls, timeoutMs: CLIENT_TIMEOUT_MS, seed: TRIAL_SEED });
  let errors: string[];
  try {
    await untilSales(workload, 20);
    await fault(workload, till);
    await eventually(
      () => KINDS.every((kind) => workload.counts()[kind] > 0),
      () => JSON.stringify(workload.counts()),
      { limitMs: 60_000, pauseMs: 50 },
    );
  } finally {
    errors = await workload.stop();
  }
  const { unexpected, ...figures } = workload.figures();
  showFigures({ ...workload.counts(), ...figures });
  const { system } = db.services.database;
  await eventually(
    async () => (await system.many(sql`select from audit_pending limit 1`)).length === 0,
    () => 'entries of the audit trail wait for their seal',
    { limitMs: 60_000, pauseMs: 100 },
  );
  expect(await bookDifferences(db, till, workload.acknowledged)).toEqual([]);
  expect([errors, unexpected]).toEqual([[], []]);
  const codes = new Set(workload.acknowledged.rejections.values());
  expect([...codes].filter((code) => code !== 'REGISTER_CLOSED')).toEqual([]);
}

/** The sales that the faulty process has dated otherwise than PostgreSQL. */
async function salesDated(till: Till, ahead: boolean): Promise<number> {
  const when = ahead
    ? sql`created_at > clock_timestamp() + interval '50 minutes'`
    : sql`created_at < clock_timestamp() - interval '50 minutes'`;
  const { count } = await db.services.database.system.one<{ count: number }>(
    sql`select count(*)::int as count from orders where organization_id = ${till.organizationId} and ${when}`,
  );
  return count;
}

it('a clock that is set an hour ahead, then an hour back, in one of them', async () => {
  await withClients(async (workload, till) => {
    for (const ahead of [true, false]) {
      faulty.signal('SIGUSR2');
      await eventually(
        async () => (await salesDated(till, ahead)) >= 10,
        () => `the clock of the process stayed:\n${faulty.output()}`,
        { limitMs: 60_000, pauseMs: 100 },
      );
      await untilSales(workload, 20);
    }
    faulty.signal('SIGUSR2');
    await untilSales(workload, 20);
  });
});

it(`a pause of ${SECONDS} seconds of one of them`, async () => {
  await withClients(async (workload) => {
    faulty.signal('SIGSTOP');
    await Promise.all([untilSales(workload, 20), sleep(SECONDS * 1_000)]);
    faulty.signal('SIGCONT');
    await faulty.ready();
    await untilSales(workload, 20);
  });
});

it(`${SECONDS} seconds without network between one of them and PostgreSQL`, async () => {
  await withClients(async (workload) => {
    proxy.cut();
    await Promise.all([untilSales(workload, 20), sleep(SECONDS * 1_000)]);
    proxy.mend();
    await faulty.ready();
    await untilSales(workload, 20);
  });
});
