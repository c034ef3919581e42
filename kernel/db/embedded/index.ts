/** The embedded PostgreSQL: the database of PosPro if none is configured. The programs come from npm packages. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import type { Logger } from 'pino';
import { takeOwnership, type AlreadyRunningError, type Ownership } from './lock-file';
import { prepareBinaries, prepareHome, serverUser } from './paths';
import {
  clusterFolder,
  createCluster,
  startServer,
  stopOrphan,
  stopServer,
  type Cluster,
  type RunningServer,
} from './server';

export { AlreadyRunningError } from './lock-file';
export { NoEmbeddedDatabaseError } from './paths';

export interface EmbeddedOptions {
  /** The folder of the data. As root it may be another one; see `dataLocation`. */
  dataDir: string;
  log: Logger;
  /** Receives progress messages for the terminal. */
  onProgress?: (message: string) => void;
  /** The platform's own port, for the message that a second process on the same folder gets. */
  platformPort?: number;
  /** The port of the database on the loopback interface. Optional; defaults to a free one. */
  databasePort?: number;
  /** Not safe against a power cut: for tests. */
  fast?: boolean;
}

export interface EmbeddedDatabase {
  /** `postgresql://…` of the database "pospro", as its owner. */
  readonly url: string;
  /** The actual folder of the data. */
  readonly dataLocation: string;
  /** Stops the server in order; all data is on the disk then. */
  stop(): Promise<void>;
}

const DATABASE = 'pospro';
const PASSWORD_FILE = 'password';

/**
 * The address of the embedded database that another process runs, as the user of the data folder may read its password; undefined while
 * it is being started.
 */
export function urlOfRunning({ databasePort, dataDir }: AlreadyRunningError): string | undefined {
  const file = path.join(dataDir, PASSWORD_FILE);
  if (databasePort === undefined || !existsSync(file)) return undefined;
  return urlAt(databasePort, readFileSync(file, 'utf8').trim(), DATABASE);
}

/** Whether a data folder has an embedded database already. */
export function hasCluster(dataDir: string): boolean {
  const user = serverUser();
  return existsSync(clusterFolder({ home: prepareHome(dataDir, user) }));
}

function urlAt(port: number, password: string, database: string): string {
  return `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
}

/**
 * Starts the embedded PostgreSQL on a data folder, which is created if it does not exist. A server that dies is started again.
 *
 * @throws AlreadyRunningError if another process uses this folder.
 * @throws NoEmbeddedDatabaseError without a package for this machine.
 * @throws Error if the server does not start; the message has the reason.
 */
export async function startEmbedded(options: EmbeddedOptions): Promise<EmbeddedDatabase> {
  const user = serverUser();
  const home = prepareHome(options.dataDir, user);
  const ownership = takeOwnership(path.join(home, 'pospro.json'), home, options.platformPort);
  try {
    const cluster: Cluster = { binaries: prepareBinaries(user, home), home, user };
    return await startOwned(cluster, options, ownership);
  } catch (error) {
    ownership.release();
    throw error;
  }
}

async function startOwned(
  cluster: Cluster,
  options: EmbeddedOptions,
  ownership: Ownership,
): Promise<EmbeddedDatabase> {
  const { log, onProgress = () => undefined, fast = false } = options;
  const isNew = !existsSync(clusterFolder(cluster));
  const password = readPassword(cluster, isNew);
  if (isNew) {
    onProgress('Making the database …');
    await createCluster(cluster, password, fast);
  } else if (await stopOrphan(cluster)) {
    log.warn('stopped a database server that an earlier run had left behind');
  }
  onProgress('Starting the database …');
  const server = await startServer(cluster, { fast, port: options.databasePort });
  ownership.update(server.port);
  const urlOf = (database: string) => urlAt(server.port, password, database);
  await ensureDatabase(urlOf('postgres'));
  await refreshOrder(urlOf(DATABASE), onProgress);
  const supervisor = new Supervisor(cluster, server, { fast, log }, ownership);
  return { url: urlOf(DATABASE), dataLocation: cluster.home, stop: () => supervisor.stop() };
}

/** The password is random, and stored beside the cluster for the next start, readable only by this user. */
function readPassword(cluster: Cluster, isNew: boolean): string {
  const file = path.join(cluster.home, PASSWORD_FILE);
  if (!isNew && existsSync(file)) return readFileSync(file, 'utf8').trim();
  if (!isNew) throw new Error(`The password of the database in ${cluster.home} is missing (${file}).`);
  const password = randomBytes(24).toString('base64url');
  writeFileSync(file, `${password}\n`, { mode: 0o600 });
  return password;
}

async function ensureDatabase(url: string): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    const found = await client.query('select from pg_database where datname = $1', [DATABASE]);
    if (found.rowCount === 0) await client.query(`create database ${DATABASE}`);
  } finally {
    await client.end();
  }
}

/**
 * A new version of ICU may sort differently, and an index in the old order then misses rows, so the indexes are
 * rebuilt. (On an external server its owner does this; see docs/OPERATIONS.md.)
 */
async function refreshOrder(url: string, onProgress: (message: string) => void): Promise<void> {
  const client = new Client(url);
  await client.connect();
  try {
    const outdated = await client.query(`
      select from pg_collation where collname = 'name_order' and collversion is distinct from pg_collation_actual_version(oid)`);
    if (outdated.rowCount === 0) return;
    onProgress('Rebuilding the indexes of names for a new version of ICU …');
    await client.query(`reindex database ${DATABASE}`);
    await client.query('alter collation name_order refresh version');
  } finally {
    await client.end();
  }
}

/** Wait before a second attempt to start a server that died; doubled for each one after it, up to the longest. */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;

/** Starts the server again whenever it dies, on the same port, so that the connections of this process find it. */
class Supervisor {
  private stopping: Promise<void> | undefined;
  private restart: Promise<void> | undefined;
  private readonly asleep = new AbortController();

  constructor(
    private readonly cluster: Cluster,
    private server: RunningServer,
    private readonly options: { readonly fast: boolean; readonly log: Logger },
    private readonly ownership: Ownership,
  ) {
    process.once('exit', this.killOnExit);
    this.watch();
  }

  stop(): Promise<void> {
    this.stopping ??= this.end();
    return this.stopping;
  }

  private async end(): Promise<void> {
    this.asleep.abort();
    await this.restart;
    await stopServer(this.cluster, this.server);
    process.off('exit', this.killOnExit);
    this.ownership.release();
  }

  /** The last resort if the process ends without a stop: the server must not keep running. */
  private readonly killOnExit = () => this.server.process.kill('SIGINT');

  private watch(): void {
    this.server.process.once('exit', (code, signal) => {
      if (this.stopping) return;
      const message =
        'the embedded database ended unexpectedly, and is started again; see postgres.log beside the data';
      this.options.log.error({ code, signal }, message);
      this.restart = this.startAgain();
    });
  }

  private async startAgain(): Promise<void> {
    const { fast, log } = this.options;
    const { port } = this.server;
    for (let wait = FIRST_WAIT_MS; !this.stopping; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
      try {
        await stopOrphan(this.cluster);
        this.server = await startServer(this.cluster, { fast, port, isRestart: true });
        log.warn('the embedded database is back');
        this.watch();
        return;
      } catch (error) {
        // Sessions of the dead server may still hold its memory for a moment.
        log.error({ err: error }, `the embedded database did not start; the next attempt is in ${wait} ms`);
        await sleep(wait, undefined, { signal: this.asleep.signal }).catch(() => undefined);
      }
    }
  }
}
