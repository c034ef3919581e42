/** The whole platform, put together: database, services, subgraphs, gateway, web server; and taken apart again in order. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { startSealer } from '#kernel/audit/sealer.worker';
import type { Actor } from '#kernel/auth/actor';
import { backlogsOf } from '#kernel/worker-lag';
import { MemoryCache } from '#kernel/cache';
import { systemClock, type Clock } from '#kernel/clock';
import type { Config } from '#kernel/config';
import type { RequestContext, Services } from '#kernel/context';
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
import { GraphGateway } from './executor';
import { isDemoUnfinished, makeDemo, recreateDatabase } from './first-start';
import { InProcessDataSource, type DataSource } from './executor/data-source';
import { DocumentDoor } from './documents/admit-document';
import { countRequests } from './http/admission';
import { callersOf } from './http/credentials';
import { mountGraphQL } from './http/graphql';
import { databaseProbe, mountHealth } from './http/health';
import { mountMedia } from './http/media';
import { addBacklogMetrics, addGauge, createMetrics, mountMetrics, type Metrics } from './http/metrics';
import { CostModel } from './limits/cost';
import { boundDearOperations } from './limits/expensive-operations';
import { mountLive, type Live } from './live';
import { createServer } from './server';
import { loadSupergraph } from './supergraph';

/** What the REST layer is given; `mountRest` of sofa/ takes it. */
interface RestMountOptions {
  readonly supergraphSdl: string;
  readonly apiSchema: GraphQLSchema;
  readonly execute: GraphExecutor;
  readonly contextFor: (request: FastifyRequest) => Promise<RequestContext>;
}

export interface PlatformOptions {
  readonly config: Config;
  readonly subgraphs: readonly SubgraphModule[];
  readonly mountRest?: (app: FastifyInstance, options: RestMountOptions) => Promise<void>;
  /** Fills an empty database with the demo shop; it decides itself whether the database is empty. Called where the settings ask for it. */
  readonly seedDemo?: (services: Services, onProgress: (message: string) => void) => Promise<boolean>;
  readonly log?: Logger;
  readonly clock?: Clock;
  /** Hears what takes its time, in words for the terminal. */
  readonly onProgress?: (message: string) => void;
  /** Is given the means to stop before anything begins, so that a start can be broken off in order too. */
  readonly onStoppable?: (stop: Stop) => void;
  /** The composed schema's file; another one for graphs of tests. */
  readonly supergraphFile?: string;
}

export interface Platform {
  readonly services: Services;
  readonly app: FastifyInstance;
  readonly execute: GraphExecutor;
  readonly contextFor: (request: FastifyRequest) => Promise<RequestContext>;
  readonly live: Live;
  /** Where the embedded database keeps its data; undefined where another one is configured. */
  readonly dataLocation: string | undefined;
  /** Begins to serve. @returns the address, with the port that was really taken. */
  listen(): Promise<string>;
  /** Ends in order: what is in flight finishes, then the background work, then the pools, the embedded database last. Once only. */
  stop(): Promise<void>;
}

/**
 * Starts everything except listening.
 * @throws ConfigError, MigrationError, AlreadyRunningError; whatever was begun is ended again before.
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
  // Before anything listens: the demo shop's past is no news to anybody.
  if (config.demo) await seed(options, services, dataLocation !== undefined);
  const relay = await startRelay(services);
  ends.add('event relay', () => relay.stop());
  const sealer = startSealer(services);
  ends.add('audit sealer', () => sealer.stop());
  ends.add('housekeeping', startMaintenance(services));

  const supergraphSdl = loadSupergraph(subgraphs, options.supergraphFile);
  const gateway = new GraphGateway({ supergraphSdl, sources: dataSources(subgraphs) });
  const { app, contextFor, live } = await mountEverything(options, services, gateway, supergraphSdl, ends);
  for (const subgraph of subgraphs) {
    if (subgraph.start) ends.add(`subgraph ${subgraph.name}`, await subgraph.start(services));
  }
  // Added last, so that it ends first.
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
  // A database of somebody else's is never thrown away, so there is no use in marking it.
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
    onProgress?.('The last start was ended while it made the demo shop: making it anew');
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
  const database = await openDatabase({ url, replicaUrl: config.replicaUrl, poolSize: config.poolSize, log });
  ends.add('database connections', () => database.close());
  const services: Services = {
    config,
    clock,
    ids: createIds(clock),
    log,
    database,
    bus: new MemoryBus(log),
    cache: new MemoryCache(),
  };
  return services;
}

/** The one place that decides where a subgraph is: all of them live in this process so far. */
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
  addGauge(
    metrics,
    'pospro_database_connections',
    'Connections to PostgreSQL, by pool and state.',
    ['pool', 'state'],
    () =>
      Object.entries(database.connections()).flatMap(([pool, { busy, idle, waiting }]) => [
        { labels: { pool, state: 'busy' }, value: busy },
        { labels: { pool, state: 'idle' }, value: idle },
        { labels: { pool, state: 'waiting' }, value: waiting },
      ]),
  );
  const { actorFor, contextFor } = callersOf(services, (token) => authenticate(subgraphs, services, token));
  countRequests(app, config, actorFor);
  mountMetrics(app, metrics, config.metricsToken);
  const backlogs = () => backlogsOf(services);
  addBacklogMetrics(metrics, backlogs);
  mountHealth(app, { probes: { database: databaseProbe(database) }, backlogs, stopping: () => ends.begun });
  mountMedia(app, config);
  const cost = new CostModel(gateway.apiSchema, gateway.supergraph);
  const door = new DocumentDoor(gateway, cost, config);
  const execute = boundDearOperations(gateway.execute, cost);
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

/** Stops accepting, lets what is in flight finish for so long, then cuts what is left. */
async function closeServer(app: FastifyInstance, graceMs: number): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), graceMs);
  // A connection that was busy when the end began is kept alive after its answer; nobody will use it again.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 50);
  await app.close();
  clearInterval(sweep);
  clearTimeout(cut);
}

/** What has been begun and must be ended, the last one first. */
class Ends {
  private readonly steps: { name: string; end: Stop }[] = [];
  private running: Promise<void> | undefined;

  constructor(private readonly log: Logger) {}

  /** Whether the end has begun. */
  get begun(): boolean {
    return this.running !== undefined;
  }

  add(name: string, end: Stop): void {
    this.steps.push({ name, end });
    // Begun while the end was under way already: nobody would come back for it.
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
        // One part that does not end in order must not keep the others, and above all the database, from it.
        this.log.error({ err: error }, `the ${name} did not end in order`);
      }
    }
  }
}
