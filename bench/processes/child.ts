/** The measured processes: PosPro as it runs in production, and the bare server beside it. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { request } from 'undici';
import { buildDist, DIST } from '#tools/build/build-dist';
import type { ProbeAnswer, ProbeRequest } from '../probe';

export interface MeasuredProcess {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly pid: number;
  /** Milliseconds from the creation of the process to its first answer. */
  readonly startMs: number;
  /** Processor time so far, in milliseconds. */
  cpuMs(): Promise<number>;
  /** The statements that the process sends during the work, including those of its background tasks. */
  statementsOf(work: () => Promise<void>): Promise<readonly string[]>;
  stop(): Promise<void>;
}

const BENCH = path.resolve(__dirname, '..');
/** As in deploy/Dockerfile. */
const NODE_FLAGS = ['--max-semi-space-size=32'];
/** Beside the program, so that both load the same driver. */
const PROBE = path.join(DIST, 'probe.js');
const HOST = '127.0.0.1';
const POLL_MS = 20;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 10_000;
/** Both servers have as many connections to PostgreSQL as a default installation. */
const POOL_SIZE = 10;

/** Builds PosPro for production; once, before `startPlatform`. */
export async function buildPlatform(): Promise<void> {
  await buildDist();
  const probe = { entryPoints: [path.join(BENCH, 'probe.ts')], outfile: PROBE };
  await build({ ...probe, bundle: true, platform: 'node', external: ['pg'] });
}

/** Starts PosPro on a database that exists. */
export function startPlatform(databaseUrl: string, dataDir: string): Promise<MeasuredProcess> {
  return startProcess(path.join(DIST, 'main.js'), [...NODE_FLAGS, '--require', PROBE], '/api/v1/ping', {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    JWT_SECRET: 'benchmark '.repeat(4),
    RATE_LIMIT_PER_MINUTE: '0',
    RATE_LIMIT_LOGINS_PER_MINUTE: '0',
  });
}

/** Starts node:http and pg without a framework. */
export function startBare(databaseUrl: string): Promise<MeasuredProcess> {
  const server = path.join(BENCH, 'bare-server.ts');
  return startProcess(server, ['--import', 'tsx'], '/ping', { DATABASE_URL: databaseUrl });
}

async function startProcess(
  file: string,
  execArgv: string[],
  readyPath: string,
  settings: Readonly<Record<string, string>>,
): Promise<MeasuredProcess> {
  const port = await freePort();
  const created = performance.now();
  const common = { NODE_ENV: 'production', HOST, PORT: String(port), DATABASE_POOL_SIZE: String(POOL_SIZE) };
  const child = fork(file, [], {
    execArgv,
    env: { ...process.env, ...common, ...settings },
    // The log is written as always, and not kept.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const url = `http://${HOST}:${port}`;
  try {
    await untilReady(child, url + readyPath, created);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const ask = channel(child);
  return {
    url,
    pid: child.pid!,
    startMs: performance.now() - created,
    cpuMs: async () => (await ask('cpu')).cpuMs,
    async statementsOf(work) {
      await ask('record');
      await work();
      return (await ask('recorded')).statements;
    },
    stop: () => stop(child),
  };
}

async function untilReady(child: ChildProcess, url: string, created: number): Promise<void> {
  while (performance.now() - created < START_LIMIT_MS) {
    if (child.exitCode !== null)
      throw new Error(`The process ended with ${child.exitCode} before its first answer.`);
    try {
      const { statusCode, body } = await request(url);
      await body.dump();
      if (statusCode === 200) return;
    } catch {
      // It does not listen yet.
    }
    await sleep(POLL_MS);
  }
  throw new Error(`${url} did not answer within ${START_LIMIT_MS / 1000} seconds.`);
}

/** Asks the probe of the process. */
function channel(child: ChildProcess): (ask: ProbeRequest['ask']) => Promise<ProbeAnswer> {
  const waiting = new Map<number, (answer: ProbeAnswer) => void>();
  let count = 0;
  child.on('message', (answer: ProbeAnswer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  return (ask) =>
    new Promise((resolve) => {
      count += 1;
      waiting.set(count, resolve);
      child.send({ id: count, ask } satisfies ProbeRequest);
    });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
  await exit;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
