/**
 * The server and its embedded PostgreSQL are killed again and again in the middle of checkouts, refunds, transfers, imports and closings.
 * Nothing that clients were answered is lost, nothing is done twice, and the books are whole. `npm run faults -- crashes` kills more often.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from '#kernel/db/database';
import { createDice } from '#demo/dice';
import { builtDist } from '#test/harness/built-dist';
import { openTestDatabase, type TestDatabase } from '#test/harness/database';
import { freePort } from '#test/harness/free-port';
import { eventually } from '#test/harness/patience';
import { asOwner } from '#test/harness/server';
import { embeddedUrl, killEmbedded, startServer, type ServerProcess } from '#test/harness/server-process';
import type { Till } from '#test/harness/shop';
import { showFigures, TRIAL_SEED, trialSize } from './trial-size';
import { bookDifferences } from './trial/books';
import { KINDS, openTrialShop, startWorkload, type Workload } from './trial/workload';

/** Kills of each of the two. */
const KILLS = trialSize(2);
jest.setTimeout(300_000 + KILLS * 60_000);

/** Whether PostgreSQL acknowledges commits before they are on its disk: then the trial must fail. */
const isUnsafe = process.env.FAULTS_UNSAFE !== undefined;
const UNDER_WAY_MS = 50;

const dice = createDice(TRIAL_SEED);
let dataDir: string;
let port: number;
let server: ServerProcess;

const start = () => (server = startServer({ port, env: { DATA_DIR: dataDir } }));

async function withDatabase<Result>(work: (db: TestDatabase) => Promise<Result>): Promise<Result> {
  const db = await openTestDatabase(embeddedUrl(dataDir), { poolSize: 4 });
  try {
    return await work(db);
  } finally {
    await db.close();
  }
}

beforeAll(async () => {
  await builtDist();
  dataDir = mkdtempSync(path.join(tmpdir(), 'pospro-crashes-'));
  // The user of PostgreSQL has to reach it.
  chmodSync(dataDir, 0o755);
  port = await freePort();
  await start().ready();
});
afterAll(async () => {
  await server.end('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true });
});

/** Waits until tills sell again, so that each kill meets work of every kind. @returns the time, in milliseconds. */
async function untilSales({ counts }: Workload, more: number): Promise<number> {
  const start = performance.now();
  const before = counts().checkout;
  await eventually(
    () => counts().checkout >= before + more,
    () => `no sale after a kill:\n${server.output()}`,
    { limitMs: 120_000, pauseMs: 20 },
  );
  return Math.round(performance.now() - start);
}

const KILL: Readonly<Record<'server' | 'PostgreSQL', () => Promise<unknown>>> = {
  async server() {
    await server.end('SIGKILL');
    start();
  },
  PostgreSQL() {
    killEmbedded(dataDir);
    return Promise.resolve();
  },
};

/** From now on commits are acknowledged up to ten seconds before they are on the disk. */
async function commitWithoutDisk(): Promise<void> {
  const settings = { synchronous_commit: 'off', wal_writer_delay: '10s', wal_writer_flush_after: '1GB' };
  const texts = Object.entries(settings).map(([name, value]) => `alter system set ${name} = '${value}'`);
  // The shop itself stays.
  await asOwner(embeddedUrl(dataDir), ...texts, 'checkpoint', 'select pg_reload_conf()');
}

const startClients = (till: Till) =>
  startWorkload(till, { urls: [`http://127.0.0.1:${port}`], timeoutMs: 15_000, seed: TRIAL_SEED });

it(`loses and doubles nothing in ${KILLS} kills of the server and ${KILLS} of PostgreSQL`, async () => {
  const till = await withDatabase(openTrialShop);
  if (isUnsafe) await commitWithoutDisk();
  const workload = startClients(till);
  const recoveries: Record<keyof typeof KILL, number[]> = { server: [], PostgreSQL: [] };
  let errors: string[];
  try {
    await untilSales(workload, 20);
    for (let time = 0; time < KILLS; time += 1) {
      for (const victim of ['server', 'PostgreSQL'] as const) {
        await sleep(dice.between(0, 1_000));
        await KILL[victim]();
        // Answers to what was done before are still under way.
        await sleep(UNDER_WAY_MS);
        recoveries[victim].push(UNDER_WAY_MS + (await untilSales(workload, 1)));
        await untilSales(workload, 20);
      }
    }
  } finally {
    errors = await workload.stop();
  }
  const { unexpected, ...figures } = workload.figures();
  showFigures({ ...workload.counts(), ...figures, recoveries });
  await withDatabase(async (db) => {
    await eventually(
      async () => (await pendingSeals(db)) === 0,
      () => 'entries of the audit trail wait for their seal',
      { limitMs: 60_000, pauseMs: 100 },
    );
    expect(await bookDifferences(db, till, workload.acknowledged)).toEqual([]);
  });
  expect([errors, unexpected]).toEqual([[], []]);
  for (const kind of KINDS) expect([kind, workload.counts()[kind] > 0]).toEqual([kind, true]);
  // A sale at a register that was just closed is the only request that may be rejected.
  const codes = new Set(workload.acknowledged.rejections.values());
  expect([...codes].filter((code) => code !== 'REGISTER_CLOSED')).toEqual([]);
});

const pendingSeals = async ({ services }: TestDatabase) =>
  (
    await services.database.system.one<{ count: number }>(
      sql`select count(*)::int as count from audit_pending`,
    )
  ).count;

it('would find a loss: a PostgreSQL that does not wait for its disk loses acknowledged sales', async () => {
  const till = await withDatabase(openTrialShop);
  await commitWithoutDisk();
  const workload = startClients(till);
  await untilSales(workload, 20);
  await KILL.PostgreSQL();
  await untilSales(workload, 1);
  // What a client wants to go on with may be lost: then its work ends with a rejection.
  await workload.stop();
  await withDatabase(async (db) => {
    const differences = await bookDifferences(db, till, workload.acknowledged);
    expect(differences.filter((difference) => difference.endsWith('is lost')).length).toBeGreaterThan(0);
  });
});
