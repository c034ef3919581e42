/** Some subgraphs in a process of their own: the same services as a whole platform, served to its gateway. */
import multipart from '@fastify/multipart';
import fastify, { type FastifyHttpOptions, type FastifyInstance } from 'fastify';
import type { Server } from 'node:http';
import { ConfigError } from '#kernel/config';
import { backlogsOf } from '#kernel/worker-lag';
import type { Services } from '#kernel/context';
import { createLogger, type Logger } from '#kernel/log';
import type { Tracing } from '#kernel/traces';
import { publicError } from '../executor/mask-errors';
import { asPosProError } from '../http/errors';
import { closeWhileDraining } from '../http/drain-connections';
import { databaseProbe, mountHealth } from '../http/health';
import { RequestLog } from '../http/request-log';
import { spanOf, traceRequests } from '../tracing/trace-requests';
import { Ends } from '../ends';
import {
  aidsOf,
  authenticate,
  closeServer,
  requireKnown,
  startDomains,
  startServices,
  type FoundationOptions,
} from '../foundation';
import { mountSubgraph } from './subgraph-server';

export interface SubgraphProcessOptions extends Omit<FoundationOptions, 'seedDemo'> {
  /** The subgraphs that the process serves. */
  readonly names: readonly string[];
}

export interface SubgraphProcess {
  readonly services: Services;
  readonly app: FastifyInstance;
  /** Starts to serve. @returns the address, with the actual port; below it, each subgraph has its name as its path. */
  listen(): Promise<string>;
  /** Stops in order, as a platform does. */
  stop(): Promise<void>;
}

/** Longer than the gateway's, so that the gateway closes idle connections. */
const KEEP_ALIVE_MS = 65_000;

/**
 * Starts everything except listening.
 * @throws ConfigError for an unknown subgraph, and without DATABASE_URL or JWT_SECRET, which all processes of a platform share.
 */
export async function startSubgraphs(options: SubgraphProcessOptions): Promise<SubgraphProcess> {
  const { config } = options;
  requireKnown(options.subgraphs, options.names, 'The command');
  if (options.names.length === 0)
    throw new ConfigError(['The command names no subgraph; try npm run subgraph -- inventory']);
  if (config.databaseUrl === undefined)
    throw new ConfigError(['DATABASE_URL is missing; all processes of a platform share a database']);
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

async function assemble(options: SubgraphProcessOptions, log: Logger, ends: Ends): Promise<SubgraphProcess> {
  const { config, subgraphs, names } = options;
  const { services } = await startServices({ ...options, config: { ...config, demo: false } }, log, ends);
  const app = createInnerServer(log, config.trustedProxies, options.tracing);
  await app.register(multipart, { limits: { fileSize: config.uploadLimitBytes, files: 1 } });
  const identify = (token: string) => authenticate(subgraphs, services, token);
  for (const module of subgraphs.filter(({ name }) => names.includes(name)))
    await mountSubgraph(app, { services, module, authenticate: identify });
  mountHealth(app, {
    aids: aidsOf(services),
    probes: { database: databaseProbe(services.database) },
    backlogs: () => backlogsOf(services),
    stopping: () => ends.begun,
  });
  await app.ready();
  await startDomains(subgraphs, services, ends);
  ends.add('web server', () => closeServer(app, config));
  return {
    services,
    app,
    listen: () => app.listen({ host: config.host, port: config.port }),
    stop: () => ends.run(),
  };
}

/** A web server for the gateway alone: without the rules for browsers and strangers, which the gateway applies. */
function createInnerServer(
  log: Logger,
  trustedProxies: readonly string[],
  tracing: Tracing | undefined,
): FastifyInstance {
  const options: FastifyHttpOptions<Server> = {
    loggerInstance: log,
    logController: new RequestLog(log, tracing && ((request) => spanOf(request)?.ids)),
    requestIdHeader: 'x-request-id',
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
  };
  const app: FastifyInstance = fastify(options);
  if (tracing) traceRequests(app, tracing);
  closeWhileDraining(app);
  app.setErrorHandler((error, request, reply) => {
    const known = asPosProError(error);
    if (known.code === 'INTERNAL') request.log.error({ err: error }, 'a request of the gateway failed');
    return reply.code(known.status).send({ errors: [publicError(known, request.id)] });
  });
  return app;
}
