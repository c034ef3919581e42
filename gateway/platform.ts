/** The whole platform: starts database, services, subgraphs, gateway and web server, and stops them in order. */
import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { startSealer } from '#kernel/audit/sealer.worker';
import type { Actor } from '#kernel/auth/actor';
import { backlogsOf } from '#kernel/worker-lag';
import { Caches } from '#kernel/cache';
import { systemClock, type Clock } from '#kernel/clock';
import type { Config } from '#kernel/config';
import type { Services } from '#kernel/context';
import { openDatabase } from '#kernel/db/open-database';
import { startEmbedded } from '#kernel/db/embedded/index';
import { applyMigrations } from '#kernel/db/migrate';
import { analyzeGrown } from '#kernel/db/analyze';
import { PosProError } from '#kernel/errors';
import { MemoryBus } from '#kernel/events/memory-bus';
import { startRelay } from '#kernel/events/relay.worker';
import type { GraphExecutor } from '#kernel/graph/executor';
import { buildSubgraph, type Stop, type SubgraphModule } from '#kernel/graph/subgraph';
import { createIds } from '#kernel/ids';
import { createLogger, type Logger } from '#kernel/log';
import { startMaintenance } from '#kernel/maintenance.worker';
import { deletedRowCounts } from '#kernel/retention';
import { GraphGateway } from './executor';
import { isDemoUnfinished, makeDemo, recreateDatabase } from './first-start';
import { InProcessDataSource, type DataSource } from './executor/data-source';
import { DocumentDoor } from './documents/admit-document';
import { countRequests } from './http/admission';
import { callersOf, type Callers } from './http/credentials';
import { mountGraphQL } from './http/graphql';
import { databaseProbe, mountHealth } from './http/health';
import { mountFileRoutes } from './http/file-routes';
import { mountMedia } from './http/media';
import { mountRawRoutes } from './http/raw-routes';
import {
  addBacklogMetrics,
  addCacheMetrics,
  addDatabaseMetrics,
  addDeletionMetrics,
  addDomainMetrics,
  addGauge,
  createMetrics,
  mountMetrics,
  type Metrics,
} from './http/metrics';
import { rejectOverload } from './http/overload';
import { CostModel } from './limits/cost';
import { limitExpensiveOperations } from './limits/expensive-operations';
import { mountLive, type Live } from './live';
import { createServer } from './server';
import { loadSupergraph } from './supergraph';

/** The arguments of the REST layer; see `mountRest` of sofa/. */
interface RestMountOptions {
  readonly supergraphSdl: string;
  readonly apiSchema: GraphQLSchema;
  readonly execute: GraphExecutor;
  readonly contextFor: Callers['contextFor'];
}

export interface PlatformOptions {
  readonly config: Config;
  readonly subgraphs: readonly SubgraphModule[];
  readonly mountRest?: (app: FastifyInstance, options: RestMountOptions) => Promise<void>;
  /**
   * Fills an empty database with the demo shop; it checks itself whether the database is empty. Called if the
   * settings enable it.
   */
  readonly seedDemo?: (services: Services, onProgress: (message: string) => void) => Promise<boolean>;
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Receives progress messages for the terminal. */
  readonly onProgress?: (message: string) => void;
  /** Receives the stop function before anything starts, so that a start can also be aborted in order. */
  readonly onStoppable?: (stop: Stop) => void;
  /** The file of the composed schema; graphs of tests have another one. */
  readonly supergraphFile?: string;
}

export interface Platform {
  readonly services: Services;
  readonly app: FastifyInstance;
  readonly execute: GraphExecutor;
  readonly contextFor: Callers['contextFor'];
  readonly live: Live;
  /** The data folder of the embedded database; undefined if another database is configured. */
  readonly dataLocation: string | undefined;
  /** Starts to serve. @returns the address, with the actual port. */
  listen(): Promise<string>;
  /**
   * Stops in order: requests in flight finish, then the background work, then the pools, the embedded database
   * last. Runs only once.
   */
  stop(): Promise<void>;
}

/**
 * Starts everything except listening.
 * @throws ConfigError, MigrationError, AlreadyRunningError; started services are stopped before.
 */
export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const { config } = options;
  const log = options.log ?? createLogger({ level: config.logLevel, pretty: !config.production });
  const ends = new Ends(log);
  options.onStoppable?.(() => ends.run());
  try {
    return await assemble(options, log, ends);
  } catch (error) {
    await ends.run();
    throw error;
  }
}

async function assemble(options: PlatformOptions, log: Logger, ends: Ends): Promise<Platform> {
  const { config, subgraphs, onProgress = () => undefined } = options;
  const { url, dataLocation } = await databaseOf(options, log, ends);
  onProgress('Bringing the database up to date');
  await applyMigrations(url);
  const services = await createServices(options, url, log, ends);
  // Before anything subscribes: the demo shop's history is not news.
  if (config.demo) await seed(options, services, dataLocation !== undefined);
  const relay = await startRelay(services);
  ends.add('event relay', () => relay.stop());
  const sealer = startSealer(services);
  ends.add('audit sealer', () => sealer.stop());
  ends.add('partitions', startMaintenance(services));

  const supergraphSdl = await loadSupergraph(subgraphs, options.supergraphFile);
  const gateway = new GraphGateway({ supergraphSdl, sources: dataSources(subgraphs) });
  const { app, contextFor, live } = await mountEverything(options, services, gateway, supergraphSdl, ends);
  for (const subgraph of subgraphs) {
    if (subgraph.start) ends.add(`subgraph ${subgraph.name}`, await subgraph.start(services));
  }
  // Added last, so that it stops first.
  ends.add('web server', () => closeServer(app, config.shutdownGraceMs));
  return {
    services,
    app,
    execute: gateway.execute,
    contextFor,
    live,
    dataLocation,
    listen: () => app.listen({ host: config.host, port: config.port }),
    stop: () => ends.run(),
  };
}

async function seed(
  { seedDemo, onProgress = () => undefined }: PlatformOptions,
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

async function databaseOf({ config, onProgress }: PlatformOptions, log: Logger, ends: Ends) {
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
  { config, clock = systemClock }: PlatformOptions,
  url: string,
  log: Logger,
  ends: Ends,
) {
  const { replicaUrl, poolSize, overload } = config;
  // A request that was admitted may wait a little longer than the door lets others wait.
  const maxWaitMs = 2 * overload.waitMs;
  const database = await openDatabase({ url, replicaUrl, poolSize, maxWaitMs, log });
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
  return services;
}

/** The one place that assigns a data source to a subgraph: all of them run in this process. */
function dataSources(subgraphs: readonly SubgraphModule[]): ReadonlyMap<string, DataSource> {
  return new Map(
    subgraphs.map((subgraph) => [
      subgraph.name,
      new InProcessDataSource(subgraph.name, buildSubgraph(subgraph)),
    ]),
  );
}

async function mountEverything(
  { config, subgraphs, mountRest }: PlatformOptions,
  services: Services,
  gateway: GraphGateway,
  supergraphSdl: string,
  ends: Ends,
) {
  const { log, database } = services;
  const app = await createServer(config, log);
  const metrics = createMetrics();
  addDatabaseMetrics(metrics, database);
  rejectOverload(app, config, { database, metrics });
  const { actorFor, contextFor } = callersOf(app, services, (token) =>
    authenticate(subgraphs, services, token),
  );
  countRequests(app, config, actorFor);
  mountMetrics(app, metrics, config.metricsToken);
  const backlogs = () => backlogsOf(services);
  addBacklogMetrics(metrics, backlogs);
  addCacheMetrics(metrics, () => services.caches.counts());
  addDeletionMetrics(metrics, () => deletedRowCounts(database));
  addDomainMetrics(
    metrics,
    services,
    subgraphs.flatMap(({ metrics: sources = [] }) => sources),
  );
  mountHealth(app, { probes: { database: databaseProbe(database) }, backlogs, stopping: () => ends.begun });
  mountMedia(app, config);
  await mountRawRoutes(
    app,
    services,
    subgraphs.flatMap(({ routes = [] }) => routes),
  );
  mountFileRoutes(
    app,
    config,
    { contextFor },
    subgraphs.flatMap(({ files = [] }) => files),
  );
  const cost = new CostModel(gateway.apiSchema, gateway.supergraph);
  const door = new DocumentDoor(gateway, cost, config);
  const execute = limitExpensiveOperations(gateway.execute, cost);
  const live = mountLive(app, {
    services,
    gateway,
    door,
    authenticate: (token) => authenticate(subgraphs, services, token),
  });
  addLiveMetrics(metrics, live);
  await mountGraphQL(app, { gateway, door, config, log, metrics, contextFor, live });
  await mountRest?.(app, {
    supergraphSdl,
    apiSchema: gateway.apiSchema,
    execute,
    contextFor,
  });
  await app.ready();
  return { app, contextFor, live };
}

function addLiveMetrics(metrics: Metrics, live: Live): void {
  addGauge(
    metrics,
    'pospro_live',
    'Sockets, subscribers, upstreams; executions and dropped subscribers since the start.',
    ['of'],
    () => Object.entries<number>({ ...live.counts() }).map(([of, value]) => ({ labels: { of }, value })),
  );
}

async function authenticate(
  subgraphs: readonly SubgraphModule[],
  services: Services,
  token: string,
): Promise<Actor> {
  for (const subgraph of subgraphs) if (subgraph.authenticate) return subgraph.authenticate(services, token);
  throw new PosProError('UNAUTHENTICATED', 'Tokens cannot be verified here.');
}

/** Stops accepting connections, lets requests in flight finish until the deadline, then closes the rest. */
async function closeServer(app: FastifyInstance, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  // A connection that was busy at the start of the stop stays open after its answer, unused.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
  await app.close();
  clearInterval(sweep);
  clearTimeout(cut);
}

/** The started services, stopped in reverse order. */
class Ends {
  private readonly steps: { name: string; end: Stop }[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly log: Logger) {}

  /** Whether the stop has begun. */
  get begun(): boolean {
    return this.running !== undefined;
  }

  add(name: string, end: Stop): void {
    this.steps.push({ name, end });
    // Started during the stop: it would never be stopped otherwise.
    if (this.running) this.running = this.running.then(() => this.runAll());
  }

  run(): Promise<void> {
    return (this.running ??= this.runAll());
  }

  private async runAll(): Promise<void> {
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      const { name, end } = step;
      try {
        await end();
      } catch (error) {
        // A part that fails to stop must not prevent the others, above all the database, from stopping.
        this.log.error({ err: error }, `the ${name} did not end in order`);
      }
    }
  }
}
