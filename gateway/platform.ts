/** The whole platform: starts database, services, subgraphs, gateway and web server, and stops them in order. */
import type { FastifyInstance } from 'fastify';
import type { GraphQLSchema } from 'graphql';
import { backlogsOf } from '#kernel/worker-lag';
import type { Services } from '#kernel/context';
import type { GraphExecutor } from '#kernel/graph/executor';
import { buildSubgraph } from '#kernel/graph/subgraph';
import { createLogger, type Logger } from '#kernel/log';
import { deletedRowCounts } from '#kernel/retention';
import { redisLinkOf } from '#kernel/redis/index';
import { GraphGateway } from './executor';
import { Ends } from './ends';
import { InProcessDataSource, type DataSource } from './executor/data-source';
import {
  aidsOf,
  authenticate,
  closeServer,
  requireKnown,
  startDomains,
  startServices,
  type FoundationOptions,
} from './foundation';
import { DocumentDoor } from './documents/admit-document';
import { readTrustedDocuments } from './documents/trusted-documents';
import { countRequests } from './http/admission';
import { callersOf, type Callers } from './http/credentials';
import { mountGraphQL } from './http/graphql';
import { databaseProbe, mountHealth } from './http/health';
import { mountFileRoutes } from './http/file-routes';
import { mountMedia } from './http/media';
import { mountWebPages, pageDocuments } from './http/pages';
import { mountRawRoutes } from './http/raw-routes';
import { addDomainMetrics, createMetrics, mountMetrics } from './http/metrics';
import { rejectOverload } from './http/overload';
import {
  addBacklogMetrics,
  addCacheMetrics,
  addDatabaseMetrics,
  addDeletionMetrics,
  addLiveMetrics,
  addRedisMetrics,
  addReplicaMetrics,
} from './http/process-metrics';
import { CostModel } from './limits/cost';
import { limitExpensiveOperations } from './limits/expensive-operations';
import { mountLive, type Live } from './live';
import { RemoteDataSource } from './remote/remote-data-source';
import { createServer } from './server';
import { TracedDataSource } from './tracing/traced-data-source';
import { loadSupergraph } from './supergraph';

/** The arguments of the REST layer; see `mountRest` of sofa/. */
interface RestMountOptions {
  readonly supergraphSdl: string;
  readonly apiSchema: GraphQLSchema;
  readonly execute: GraphExecutor;
  readonly contextFor: Callers['contextFor'];
  readonly pages: RestPages;
}

/** The pages of the REST layer. */
interface RestPages {
  /** Whether /docs and /redoc are served. */
  readonly docs: boolean;
  /** The path to which `/` leads a browser; undefined means that a browser gets the addresses, as a program does. */
  readonly start: string | undefined;
}

export interface PlatformOptions extends FoundationOptions {
  readonly mountRest?: (app: FastifyInstance, options: RestMountOptions) => Promise<void>;
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
  const log =
    options.log ??
    createLogger({ level: config.logLevel, pretty: !config.production, tracing: options.tracing });
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
  const { config, subgraphs } = options;
  const { services, dataLocation } = await startServices(options, log, ends);
  const supergraphSdl = await loadSupergraph(subgraphs, options.supergraphFile);
  const gateway = new GraphGateway({ supergraphSdl, sources: dataSources(options, ends) });
  const { app, contextFor, live } = await mountEverything(options, services, gateway, supergraphSdl, ends);
  await startDomains(subgraphs, services, ends);
  // Added last, so that it stops first.
  ends.add('web server', () => closeServer(app, config));
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

/** The one place that assigns a data source to a subgraph: in this process, unless SUBGRAPH_URLS names another address. */
function dataSources(
  { config, subgraphs, tracing }: PlatformOptions,
  ends: Ends,
): ReadonlyMap<string, DataSource> {
  requireKnown(subgraphs, [...config.subgraphUrls.keys()], 'SUBGRAPH_URLS');
  const traced = (name: string, kind: 'client' | 'internal', source: DataSource): [string, DataSource] => [
    name,
    tracing ? new TracedDataSource(name, kind, source, tracing) : source,
  ];
  return new Map(
    subgraphs.map((subgraph): [string, DataSource] => {
      const { name } = subgraph;
      const url = config.subgraphUrls.get(name);
      if (url === undefined)
        return traced(name, 'internal', new InProcessDataSource(name, buildSubgraph(subgraph)));
      const source = new RemoteDataSource({ name, url, tracing });
      ends.add(`connections to the subgraph ${name}`, () => source.close());
      return traced(name, 'client', source);
    }),
  );
}

async function mountEverything(
  { config, subgraphs, mountRest, tracing }: PlatformOptions,
  services: Services,
  gateway: GraphGateway,
  supergraphSdl: string,
  ends: Ends,
) {
  const { log, database } = services;
  const app = await createServer(config, log, tracing);
  const metrics = createMetrics(config.processNumber);
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
  const redis = redisLinkOf(services);
  if (redis) addRedisMetrics(metrics, () => redis.counts());
  const { replica } = database;
  if (replica) addReplicaMetrics(metrics, () => replica.counts());
  addDomainMetrics(
    metrics,
    services,
    subgraphs.flatMap(({ metrics: sources = [] }) => sources),
  );
  mountHealth(app, {
    probes: { database: databaseProbe(database) },
    aids: aidsOf(services),
    backlogs,
    stopping: () => ends.begun,
  });
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
  const trusted = readTrustedDocuments(config, config.trustedDocumentsOnly ? pageDocuments() : []);
  const door = new DocumentDoor(gateway, cost, config, trusted);
  const live = mountLive(app, {
    services,
    gateway,
    door,
    authenticate: (token) => authenticate(subgraphs, services, token),
  });
  addLiveMetrics(metrics, () => live.counts());
  await mountGraphQL(app, { gateway, door, trusted, config, log, metrics, contextFor, live });
  mountWebPages(app, { config });
  await mountRest?.(app, {
    supergraphSdl,
    apiSchema: gateway.apiSchema,
    execute: limitExpensiveOperations(gateway.execute, cost),
    contextFor,
    pages: { docs: config.pages.includes('docs'), start: startPage(config) },
  });
  await app.ready();
  return { app, contextFor, live };
}

/** Where `/` leads a browser: a newcomer to the demo shop sees it at work, others look for the documentation. */
function startPage({ demo, pages }: FoundationOptions['config']): string | undefined {
  const order = demo ? (['dashboard', 'till', 'docs'] as const) : (['docs', 'dashboard', 'till'] as const);
  const first = order.find((page) => pages.includes(page));
  return first && `/${first}`;
}
