/** The server process of the embedded PostgreSQL: creation, start, supervision, stop. */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './lock-file';
import { give, type ServerUser } from './paths';

export interface Cluster {
  /** bin, lib, share. */
  binaries: string;
  /** The folder of the cluster and its files. */
  home: string;
  user: ServerUser | undefined;
}

export function clusterFolder(cluster: Pick<Cluster, 'home'>): string {
  return path.join(cluster.home, 'postgres');
}

function program(cluster: Cluster, name: string): string {
  return path.join(cluster.binaries, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * Detached means: in its own process group, so that a Ctrl-C in the terminal reaches only this process, which
 * then stops the server in order.
 */
function launch(
  cluster: Cluster,
  name: string,
  args: string[],
  stdio: 'pipe' | ['ignore', number, number],
): ChildProcess {
  const { uid, gid } = cluster.user ?? {};
  const env = { PATH: process.env.PATH, SYSTEMROOT: process.env.SYSTEMROOT, LC_ALL: 'C', TZ: 'UTC' };
  const identity = uid === undefined ? {} : { uid, gid };
  return spawn(program(cluster, name), args, {
    cwd: cluster.home,
    env,
    stdio,
    detached: true,
    windowsHide: true,
    ...identity,
  });
}

/**
 * Creates a new cluster: UTF-8, sorted by code point on every machine, reachable only by password. It is
 * created under another name and renamed when it is complete, so that an interruption leaves no partial
 * cluster.
 */
export async function createCluster(cluster: Cluster, password: string, fast: boolean): Promise<void> {
  const unfinished = path.join(cluster.home, 'postgres.new');
  const passwordFile = path.join(cluster.home, 'password.new');
  rmSync(unfinished, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
    give(passwordFile, cluster.user);
    // This process creates the folder, because its parent may not belong to the server's user.
    mkdirSync(unfinished, { mode: 0o700 });
    give(unfinished, cluster.user);
    const options = [
      `--pgdata=${unfinished}`, '--username=postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8',
      '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--text-search-config=simple',
      '--no-instructions', ...(fast ? ['--no-sync'] : []),
    ]; // prettier-ignore
    await finish(launch(cluster, 'initdb', options, 'pipe'));
    renameSync(unfinished, clusterFolder(cluster));
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(unfinished, { recursive: true, force: true });
  }
}

function finish(child: ChildProcess): Promise<void> {
  let output = '';
  const collect = (chunk: Buffer) => (output += chunk.toString());
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`initdb failed (exit code ${code}):\n${output.slice(-2000)}`));
    });
  });
}

/** A free port on the loopback interface. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}

/** Small and durable; `fast` gives up durability, for tests. */
function serverSettings(port: number, fast: boolean): string[] {
  const settings: Record<string, string | number> = {
    port,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: fast ? 200 : 100,
    shared_buffers: '128MB',
    // Statements here take milliseconds; compiling them would take longer.
    jit: 'off',
    // Also for clusters whose file has a wrong value: parallel workers read it again and would fail.
    default_text_search_config: 'pg_catalog.simple',
    wal_level: 'minimal',
    max_wal_senders: 0,
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    log_checkpoints: 'off',
    // After a crash all files are written out first. There are thousands, one for each table and index, and one call for all of
    // them takes a tenth of a second instead of several.
    ...(process.platform === 'linux' && { recovery_init_sync_method: 'syncfs' }),
    ...(fast && {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_wal_size: '4GB',
      checkpoint_timeout: '1h',
    }),
  };
  return Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

const START_TIMEOUT_MS = 60_000;
const POLL_MS = 15;

export interface RunningServer {
  port: number;
  process: ChildProcess;
}

export interface ServerOptions {
  readonly fast: boolean;
  /** Undefined means a free one. */
  readonly port: number | undefined;
  /** Whether the log goes on, since its end says why the server died. */
  readonly isRestart?: boolean;
}

/** Starts the server and waits until it answers. @throws Error with the end of the server's log. */
export async function startServer(cluster: Cluster, options: ServerOptions): Promise<RunningServer> {
  const logFile = path.join(cluster.home, 'postgres.log');
  for (let attempt = 1; ; attempt += 1) {
    const port = options.port ?? (await freePort());
    const log = openSync(logFile, options.isRestart ? 'a' : 'w');
    const child = launch(
      cluster,
      'postgres',
      ['-D', clusterFolder(cluster), ...serverSettings(port, options.fast)],
      ['ignore', log, log],
    );
    closeSync(log);
    child.unref();
    if (await ready(cluster, child)) return { port, process: child };
    const output = readFileSync(logFile, 'utf8').slice(-2000);
    // Another program took the port in the meantime: use another one.
    if (attempt < 3 && options.port === undefined && output.includes('could not bind')) continue;
    throw new Error(`PostgreSQL did not start. The end of ${logFile}:\n${output}`);
  }
}

async function ready(cluster: Cluster, child: ChildProcess): Promise<boolean> {
  let failure: unknown;
  child.once('error', (error) => (failure = error));
  const until = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < until) {
    if (failure instanceof Error) throw failure;
    if (hasEnded(child)) return false;
    const status = postmaster(cluster);
    if (status?.pid === child.pid && status?.ready) return true;
    await sleep(POLL_MS);
  }
  child.kill('SIGKILL');
  return false;
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** The server's own file in its folder: process on the first line, state on the eighth. */
function postmaster(cluster: Cluster): { pid: number; ready: boolean } | undefined {
  const file = path.join(clusterFolder(cluster), 'postmaster.pid');
  if (!existsSync(file)) return undefined;
  const lines = readFileSync(file, 'utf8').split('\n');
  return { pid: Number(lines[0]), ready: lines[7]?.trim() === 'ready' };
}

/** Time limits of the three ways to stop: requested, urgent, forced. */
const STOP_SIGNALS: readonly [NodeJS.Signals, number][] = [
  ['SIGINT', 15_000],
  ['SIGQUIT', 5_000],
  ['SIGKILL', 5_000],
];

/**
 * Stops a server process and waits for its end. SIGINT is PostgreSQL's fast shutdown: sessions end, everything
 * is written.
 */
async function stopProcess(cluster: Cluster, pid: number, ended: () => boolean): Promise<void> {
  for (const [signal, patience] of STOP_SIGNALS) {
    if (ended()) return;
    sendSignal(cluster, pid, signal);
    const until = performance.now() + patience;
    while (!ended() && performance.now() < until) await sleep(POLL_MS);
  }
}

function sendSignal(cluster: Cluster, pid: number, signal: NodeJS.Signals): void {
  if (process.platform === 'win32') {
    // Windows has no signals; pg_ctl speaks to the server in another way.
    const mode = signal === 'SIGINT' ? 'fast' : 'immediate';
    launch(cluster, 'pg_ctl', ['stop', '-W', '-m', mode, '-D', clusterFolder(cluster)], 'pipe').unref();
    return;
  }
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as { code?: string }).code !== 'ESRCH') throw error;
  }
}

export function stopServer(cluster: Cluster, server: RunningServer): Promise<void> {
  return stopProcess(cluster, server.process.pid ?? 0, () => hasEnded(server.process));
}

/**
 * Stops a server whose owner was killed, and removes the lock file of a dead server. @returns whether there was
 * one.
 */
export async function stopOrphan(cluster: Cluster): Promise<boolean> {
  const orphan = postmaster(cluster);
  if (!orphan) return false;
  if (isAlive(orphan.pid) && isPostgres(orphan.pid)) {
    await stopProcess(cluster, orphan.pid, () => !isAlive(orphan.pid));
    return true;
  }
  // The pid is unused, or belongs to another program; the server would mistake it for a running one.
  rmSync(path.join(clusterFolder(cluster), 'postmaster.pid'), { force: true });
  return false;
}

function isPostgres(pid: number): boolean {
  const commandLine = `/proc/${pid}/cmdline`;
  return !existsSync(commandLine) || readFileSync(commandLine, 'utf8').includes('postgres');
}
