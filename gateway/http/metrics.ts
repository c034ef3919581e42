/** The metrics for Prometheus. Each platform has its own registry, so that tests can run several in parallel. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CacheCounts } from '#kernel/cache';
import type { Services } from '#kernel/context';
import type { Database, ReplicaCounts } from '#kernel/db/database';
import type { MetricSource, Reading } from '#kernel/metric-source';
import { inTime } from '#kernel/timeout';
import type { RedisCounts } from '#kernel/redis/index';
import type { Backlog } from '#kernel/worker-lag';
import { PosProError } from '#kernel/errors';

/** From a cached read to a report, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Clients choose the names of operations, so only this many are distinguished; the rest count as "other". */
const MAX_OPERATION_NAMES = 200;

export interface Metrics {
  readonly registry: Registry;
  /** @param seconds from the first byte of the request to the last of the answer. */
  request(method: string, route: string, status: number, seconds: number): void;
  operation(type: string, name: string | undefined, failed: boolean, seconds: number): void;
}

let ofProcess: Registry | undefined;

/**
 * The metrics of the process. Their observer of garbage collections is never removed and keeps its registry in memory, so it gets
 * one of its own, without a platform's metrics: a stopped platform is then freed.
 */
function processMetrics(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
  }
  return ofProcess;
}

/** @param processNumber the process among several behind one port, which each metric then names. */
export function createMetrics(processNumber?: number): Metrics {
  const registry = Registry.merge([processMetrics()]);
  if (processNumber !== undefined) registry.setDefaultLabels({ process: String(processNumber) });
  const requests = new Histogram({
    name: 'pospro_http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route and status.',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const operations = new Histogram({
    name: 'pospro_graphql_operation_duration_seconds',
    help: 'Duration of GraphQL operations by type and name, and whether they ended with errors.',
    labelNames: ['type', 'name', 'outcome'],
    buckets: BUCKETS,
    registers: [registry],
  });
  const names = new Set<string>();
  const bounded = (name: string): string => {
    if (names.size < MAX_OPERATION_NAMES) names.add(name);
    return names.has(name) ? name : 'other';
  };
  return {
    registry,
    request: (method, route, status, seconds) =>
      requests.observe({ method, route, status: String(status) }, seconds),
    operation: (type, name, failed, seconds) =>
      operations.observe(
        { type, name: bounded(name ?? 'anonymous'), outcome: failed ? 'error' : 'ok' },
        seconds,
      ),
  };
}

/** A gauge over numbers of another part, read at each scrape. */
export function addGauge(
  metrics: Metrics,
  name: string,
  help: string,
  labelNames: string[],
  read: () => readonly Reading[] | Promise<readonly Reading[]>,
): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [metrics.registry],
    async collect() {
      const readings = await read();
      // A number that cannot be read now is omitted; the previous number would be wrong.
      this.reset();
      for (const { labels, value } of readings) this.set(labels, value);
    },
  });
}

/** The lag of background work; `of` names it. */
export function addBacklogMetrics(metrics: Metrics, read: () => Promise<readonly Backlog[]>): void {
  const add = (name: string, help: string, value: (backlog: Backlog) => number | null) =>
    addGauge(metrics, name, help, ['of'], async () =>
      (await read()).flatMap((backlog) => {
        const known = value(backlog);
        return known === null ? [] : [{ labels: { of: backlog.name }, value: known }];
      }),
    );
  add(
    'pospro_backlog_waiting',
    'What waits to be done after a commit; 10000 stands for that or more.',
    ({ waiting }) => waiting,
  );
  add(
    'pospro_backlog_oldest_seconds',
    'How long the oldest has waited; 0 where none waits.',
    ({ waiting, oldestSeconds }) => (waiting === 0 ? 0 : oldestSeconds),
  );
  add(
    'pospro_backlog_failures',
    'Rounds of the work that failed since the start.',
    ({ failures }) => failures,
  );
}

/** Several servers may scrape, and none of them needs a figure of the database more often. */
const SOURCE_CACHE_MS = 10_000;
const SOURCE_TIMEOUT_MS = 2_000;

/** The figures of the domains. A figure that cannot be read in time is omitted, so that the others are still scraped. */
export function addDomainMetrics(
  metrics: Metrics,
  services: Services,
  sources: readonly MetricSource[],
): void {
  for (const source of sources) {
    let kept: { readonly until: number; readonly readings: Promise<readonly Reading[]> } | undefined;
    const read = () =>
      inTime(source.read(services), SOURCE_TIMEOUT_MS).catch((error: unknown) => {
        services.log.warn({ err: error, metric: source.name }, 'a metric could not be read');
        return [];
      });
    addGauge(metrics, source.name, source.help, [...source.labels], () => {
      const now = performance.now();
      if (!kept || kept.until < now) kept = { until: now + SOURCE_CACHE_MS, readings: read() };
      return kept.readings;
    });
  }
}

/** The caches of the process; `of` names each of them (docs/CACHING.md). */
export function addCacheMetrics(metrics: Metrics, read: () => readonly CacheCounts[]): void {
  const add = (name: string, help: string, value: (counts: CacheCounts) => number) =>
    addGauge(metrics, `pospro_cache_${name}`, help, ['of'], () =>
      read().map((counts) => ({ labels: { of: counts.name }, value: value(counts) })),
    );
  add('entries', 'Cached values at this moment.', ({ entries }) => entries);
  add('hits', 'Values found in the cache since the start.', ({ hits }) => hits);
  add('misses', 'Values not found in the cache since the start.', ({ misses }) => misses);
  add('drops', 'Values dropped by a change since the start.', ({ drops }) => drops);
}

/** Rows that this process has deleted because their time was over (kernel/retention.ts). */
export function addDeletionMetrics(metrics: Metrics, read: () => Readonly<Record<string, number>>): void {
  addGauge(metrics, 'pospro_rows_deleted', 'Old rows deleted since the start, by table.', ['table'], () =>
    Object.entries(read()).map(([table, value]) => ({ labels: { table }, value })),
  );
}

/** The process's way to Redis, if the settings name one. */
export function addRedisMetrics(metrics: Metrics, read: () => RedisCounts): void {
  const add = (name: string, help: string, value: (counts: RedisCounts) => number) =>
    addGauge(metrics, `pospro_redis_${name}`, help, [], () => [{ labels: {}, value: value(read()) }]);
  add('reachable', '1 while Redis answers this process, 0 while it does not.', ({ reachable }) =>
    Number(reachable),
  );
  add(
    'failures',
    'Commands and probes that failed or were late since the start.',
    ({ failures }) => failures,
  );
}

/** The replica of PostgreSQL, if the settings name one. */
export function addReplicaMetrics(metrics: Metrics, read: () => ReplicaCounts): void {
  const add = (name: string, help: string, value: (counts: ReplicaCounts) => number | undefined) =>
    addGauge(metrics, `pospro_replica_${name}`, help, [], () => {
      const known = value(read());
      return known === undefined ? [] : [{ labels: {}, value: known }];
    });
  add(
    'usable',
    '1 while reports may be read on the replica, 0 while it is gone or lags too much.',
    (counts) => Number(counts.usable),
  );
  add(
    'lag_seconds',
    'Time since the last moment of which the replica is known to have everything.',
    (counts) => counts.lagSeconds,
  );
  add(
    'failures',
    'Statements that failed on the replica and were repeated on the primary.',
    (counts) => counts.failures,
  );
  addGauge(
    metrics,
    'pospro_replica_reads',
    'Statements of reports since the start, by the server that answered.',
    ['server'],
    () => Object.entries(read().reads).map(([server, value]) => ({ labels: { server }, value })),
  );
}

/** Mounts `/metrics`: for the bearer of METRICS_TOKEN, or without a token only for this machine. */
export function mountMetrics(app: FastifyInstance, metrics: Metrics, token: string | undefined): void {
  app.addHook('onResponse', (request, reply, done) => {
    // The route's pattern, never the path itself: paths contain ids, and a label for each would fill the memory.
    const route = request.routeOptions.url ?? 'none';
    metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  app.get('/metrics', { logLevel: 'warn', config: { uncounted: true } }, async (request, reply) => {
    if (!mayScrape(request, token)) {
      throw new PosProError(
        'FORBIDDEN',
        'Metrics are readable from this machine only, or with METRICS_TOKEN as bearer token if it is set.',
      );
    }
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
}

function mayScrape(request: FastifyRequest, token: string | undefined): boolean {
  if (token !== undefined) return request.headers.authorization === `Bearer ${token}`;
  // Behind a proxy on the same machine every caller would appear to be local.
  const proxied = request.headers['x-forwarded-for'] !== undefined;
  return !proxied && /^(127\.|::1$|::ffff:127\.)/.test(request.socket.remoteAddress ?? '');
}

/** The use of the connections to PostgreSQL. */
export function addDatabaseMetrics(metrics: Metrics, { connections }: Pick<Database, 'connections'>): void {
  addGauge(
    metrics,
    'pospro_database_connections',
    'Connections to PostgreSQL, by pool and state.',
    ['pool', 'state'],
    () =>
      Object.entries(connections()).flatMap(([pool, { busy, idle, waiting }]) => [
        { labels: { pool, state: 'busy' }, value: busy },
        { labels: { pool, state: 'idle' }, value: idle },
        { labels: { pool, state: 'waiting' }, value: waiting },
      ]),
  );
  addGauge(
    metrics,
    'pospro_database_pool_size',
    'Maximum number of connections to PostgreSQL, by pool.',
    ['pool'],
    () => Object.entries(connections()).map(([pool, { size }]) => ({ labels: { pool }, value: size })),
  );
}
