/** The metrics for Prometheus. Each platform has its own registry, so that tests can run several in parallel. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Services } from '#kernel/context';
import type { MetricDescription, MetricSource, Reading } from '#kernel/metric-source';
import { inTime } from '#kernel/timeout';
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

/** Gauges with the ending of counters; those without it have the same numbers by type, and their sum is the same. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
];

/**
 * The metrics of the process. Their observer of garbage collections is never removed and keeps its registry in memory, so it gets
 * one of its own, without a platform's metrics: a stopped platform is then freed.
 */
function processMetrics(): Registry {
  if (!ofProcess) {
    ofProcess = new Registry();
    collectDefaultMetrics({ register: ofProcess });
    for (const name of MISNAMED) ofProcess.removeSingleMetric(name);
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

/** A metric over numbers of another part, read at each scrape. */
export function addMetric(
  { registry }: Pick<Metrics, 'registry'>,
  { type, name, help, labels }: MetricDescription,
  read: () => readonly Reading[] | Promise<readonly Reading[]>,
): void {
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  /** A number that cannot be read now is omitted; the previous number would be wrong, and so would be the 0 of a metric without labels. */
  const clear = (metric: Counter | Gauge) => {
    metric.reset();
    if (labels.length === 0) metric.remove();
  };
  if (type === 'counter') {
    const collect = async function (this: Counter) {
      const readings = await read();
      clear(this);
      for (const reading of readings) this.inc(reading.labels, reading.value);
    };
    new Counter({ ...options, collect });
    return;
  }
  const collect = async function (this: Gauge) {
    const readings = await read();
    clear(this);
    for (const reading of readings) this.set(reading.labels, reading.value);
  };
  new Gauge({ ...options, collect });
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
    type Readings = Awaited<ReturnType<MetricSource['read']>>;
    let kept: { readonly until: number; readonly readings: Promise<Readings> } | undefined;
    const read = () =>
      inTime(source.read(services), SOURCE_TIMEOUT_MS).catch((error: unknown): Readings => {
        const names = source.metrics.map(({ name }) => name);
        services.log.warn({ err: error, metrics: names }, 'metrics could not be read');
        return {};
      });
    for (const metric of source.metrics)
      addMetric(metrics, metric, async () => {
        const now = performance.now();
        if (!kept || kept.until < now) kept = { until: now + SOURCE_CACHE_MS, readings: read() };
        return (await kept.readings)[metric.name] ?? [];
      });
  }
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
