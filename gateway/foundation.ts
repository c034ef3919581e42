/** The parts that a process has whatever it serves: the database, the services, the background work, and who its callers are. */
import type { FastifyInstance } from 'fastify';
import { startSealer } from '#kernel/audit/sealer.worker';
import type { Actor } from '#kernel/auth/actor';
import { Caches } from '#kernel/cache';
import { systemClock, type Clock } from '#kernel/clock';
import { ConfigError, type Config } from '#kernel/config';
import type { Services } from '#kernel/context';
import { analyzeGrown } from '#kernel/db/analyze';
import { startEmbedded } from '#kernel/db/embedded/index';
import { applyMigrations } from '#kernel/db/migrate';
import { openDatabase } from '#kernel/db/open-database';
import { PosProError } from '#kernel/errors';
import { MemoryBus } from '#kernel/events/memory-bus';
import { startRelay } from '#kernel/events/relay.worker';
import type { Stop, SubgraphModule } from '#kernel/graph/subgraph';
import { createIds } from '#kernel/ids';
import { startEndingInterruptedJobs } from '#kernel/import/job-lease';
import type { Logger } from '#kernel/log';
import { startMaintenance } from '#kernel/maintenance.worker';
import { openRedis, redisLinkOf } from '#kernel/redis/index';
import type { Tracing } from '#kernel/traces';
import { Ends } from './ends';
import { drainConnections } from './http/drain-connections';
import { isDemoUnfinished, makeDemo, recreateDatabase } from './first-start';

/** The options of every process. */
export interface FoundationOptions {
  readonly config: Config;
  readonly subgraphs: readonly SubgraphModule[];
  /**
   * Fills an empty database with the demo shop; it checks itself whether the database is empty. Called if the
   * settings enable it.
   */
  readonly seedDemo?: (services: Services, onProgress: (message: string) => void) => Promise<boolean>;
  readonly log?: Logger;
  /** Traces of requests, closed with the platform. Optional; defaults to none. */
  readonly tracing?: Tracing | undefined;
  readonly clock?: Clock;
  /** Receives progress messages for the terminal. */
  readonly onProgress?: (message: string) => void;
  /** Receives the stop function before anything starts, so that a start can also be aborted in order. */
  readonly onStoppable?: (stop: Stop) => void;
}

/** The services of a process, and the database in which they work. */
export interface StartedServices {
  readonly services: Services;
  /** As in Platform. */
  readonly dataLocation: string | undefined;
}

/** Starts all but the serving: the database, the services, and the background work that belongs to no domain. */
export async function startServices(
  options: FoundationOptions,
  log: Logger,
  ends: Ends,
): Promise<StartedServices> {
  const { config, tracing } = options;
  // Added first, so that it stops last.
  if (tracing) ends.add('traces', () => tracing.close());
  const { url, dataLocation } = await migratedDatabase(options, log, ends);
  const services = await createServices(options, url, log, ends);
  // Before anything subscribes: the demo shop's history is not news.
  if (config.demo) await seed(options, services, dataLocation !== undefined);
  const relay = await startRelay(services);
  ends.add('event relay', () => relay.stop());
  const sealer = startSealer(services);
  ends.add('audit sealer', () => sealer.stop());
  ends.add('partitions', startMaintenance(services));
  ends.add('interrupted imports', startEndingInterruptedJobs(services));
  return { services, dataLocation };
}

/**
 * Prepares the database for several processes: starts the embedded one, applies the migrations, and makes the demo shop.
 * @returns its address for them.
 */
export async function prepareDatabase(
  options: FoundationOptions,
  log: Logger,
  ends: Ends,
): Promise<{ url: string; dataLocation: string | undefined }> {
  const { url, dataLocation } = await migratedDatabase(options, log, ends);
  if (options.config.demo) {
    const own = new Ends(log);
    try {
      await seed(options, await createServices(options, url, log, own), dataLocation !== undefined);
    } finally {
      await own.run();
    }
  }
  return { url, dataLocation };
}

/** Starts the background work of the domains. Each process does all of it: work is claimed, and goes on when one of them ends. */
export async function startDomains(
  subgraphs: readonly SubgraphModule[],
  services: Services,
  ends: Ends,
): Promise<void> {
  for (const subgraph of subgraphs) {
    if (subgraph.start) ends.add(`subgraph ${subgraph.name}`, await subgraph.start(services));
  }
}

async function seed(
  { seedDemo, onProgress = () => undefined }: FoundationOptions,
  services: Services,
  embedded: boolean,
): Promise<void> {
  if (!seedDemo) return;
  const make = async () => {
    if (await seedDemo(services, onProgress)) await analyzeGrown(services.database, services.log);
  };
  // An external database is never dropped, so it needs no marker.
  await (embedded ? makeDemo(services, make) : make());
}

/** The database of the settings or the embedded one, with all migrations. */
async function migratedDatabase(options: FoundationOptions, log: Logger, ends: Ends) {
  const found = await databaseOf(options, log, ends);
  options.onProgress?.('Bringing the database up to date');
  await applyMigrations(found.url, {
    onNewer: (migrations) =>
      log.warn({ migrations }, 'the database is newer than the code, which still works with it: upgrade'),
  });
  return found;
}

async function databaseOf({ config, onProgress }: FoundationOptions, log: Logger, ends: Ends) {
  if (config.databaseUrl !== undefined) return { url: config.databaseUrl, dataLocation: undefined };
  onProgress?.('Starting the embedded PostgreSQL');
  const { dataDir, port } = config;
  const embedded = await startEmbedded({
    dataDir,
    log,
    platformPort: port,
    ...(onProgress ? { onProgress } : {}),
  });
  ends.add('embedded database', () => embedded.stop());
  if (isDemoUnfinished(dataDir)) {
    onProgress?.('The last start ended while it created the demo shop: creating it again');
    await recreateDatabase(embedded.url);
  }
  return { url: embedded.url, dataLocation: embedded.dataLocation };
}

async function createServices(
  { config, clock = systemClock, tracing }: FoundationOptions,
  url: string,
  log: Logger,
  ends: Ends,
) {
  const { replica, poolSize, overload } = config;
  // A request that was admitted may wait a little longer than the door lets others wait.
  const maxWaitMs = 2 * overload.waitMs;
  const database = await openDatabase({ url, replica, poolSize, maxWaitMs, log, tracing });
  ends.add('database connections', () => database.close());
  const bus = new MemoryBus(log);
  const services: Services = {
    config,
    clock,
    ids: createIds(clock),
    log,
    database,
    bus,
    caches: new Caches(clock, bus),
  };
  ends.add('connections to Redis', await openRedis(services));
  return services;
}

/** Servers without which a process serves, but degraded: the checks of those that the settings name. */
export function aidsOf(services: Services): Readonly<Record<string, () => Promise<void>>> {
  const redis = redisLinkOf(services);
  const { replica } = services.database;
  return {
    ...(redis && { redis: () => redis.check() }),
    ...(replica && { replica: () => replica.check() }),
  };
}

/** @throws ConfigError for a name that no subgraph has. @param where the name stands, for the message. */
export function requireKnown(
  subgraphs: readonly SubgraphModule[],
  names: readonly string[],
  where: string,
): void {
  const known = subgraphs.map(({ name }) => name);
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  throw new ConfigError(
    unknown.map((name) => `${where} names "${name}", but the subgraphs are ${known.join(', ')}`),
  );
}

/** Identifies the holder of a token, by the domain that knows tokens. @throws PosProError 401 for an invalid one. */
export async function authenticate(
  subgraphs: readonly SubgraphModule[],
  services: Services,
  token: string,
): Promise<Actor> {
  for (const subgraph of subgraphs) if (subgraph.authenticate) return subgraph.authenticate(services, token);
  throw new PosProError('UNAUTHENTICATED', 'Tokens cannot be verified here.');
}

/** Stops accepting connections, serves the open ones for a while, lets requests in flight finish until the deadline, then closes the rest. */
export async function closeServer(
  app: FastifyInstance,
  { shutdownDrainMs, shutdownGraceMs }: Pick<Config, 'shutdownDrainMs' | 'shutdownGraceMs'>,
): Promise<void> {
  await drainConnections(app, shutdownDrainMs);
  const cut = setTimeout(() => app.server.closeAllConnections(), shutdownGraceMs);
  // A connection that was busy at the start of the stop stays open after its answer, unused.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
  await app.close();
  clearInterval(sweep);
  clearTimeout(cut);
}
