/** The metrics of a process's own parts: its connections, caches, live subscriptions and background work. */
import type { CacheCounts } from '#kernel/cache';
import type { Database, ReplicaCounts } from '#kernel/db/database';
import type { MetricDescription } from '#kernel/metric-source';
import type { RedisCounts } from '#kernel/redis/index';
import type { Backlog } from '#kernel/worker-lag';
import { addMetric, type Metrics } from './metrics';

type Type = MetricDescription['type'];

/** The use of the connections to PostgreSQL. */
export function addDatabaseMetrics(metrics: Metrics, { connections }: Pick<Database, 'connections'>): void {
  addMetric(
    metrics,
    {
      name: 'pospro_database_connections',
      type: 'gauge',
      help: 'Open connections to PostgreSQL, by pool and state: busy, idle.',
      labels: ['pool', 'state'],
    },
    () =>
      Object.entries(connections()).flatMap(([pool, { busy, idle }]) => [
        { labels: { pool, state: 'busy' }, value: busy },
        { labels: { pool, state: 'idle' }, value: idle },
      ]),
  );
  const add = (name: string, help: string, key: 'waiting' | 'size') =>
    addMetric(metrics, { name, type: 'gauge', help, labels: ['pool'] }, () =>
      Object.entries(connections()).map(([pool, counts]) => ({ labels: { pool }, value: counts[key] })),
    );
  add(
    'pospro_database_waiting_requests',
    'Requests that wait for a connection to PostgreSQL, by pool.',
    'waiting',
  );
  add('pospro_database_pool_size', 'Maximum number of connections to PostgreSQL, by pool.', 'size');
}

/** The lag of background work, by its worker. */
export function addBacklogMetrics(metrics: Metrics, read: () => Promise<readonly Backlog[]>): void {
  const add = (name: string, type: Type, help: string, value: (backlog: Backlog) => number | null) =>
    addMetric(metrics, { name, type, help, labels: ['worker'] }, async () =>
      (await read()).flatMap((backlog) => {
        const known = value(backlog);
        return known === null ? [] : [{ labels: { worker: backlog.name }, value: known }];
      }),
    );
  add(
    'pospro_backlog_entries',
    'gauge',
    'Entries that wait to be worked on after a commit; 10000 stands for that or more.',
    ({ waiting }) => waiting,
  );
  add(
    'pospro_backlog_oldest_seconds',
    'gauge',
    'Time for which the oldest entry has waited; 0 if none waits.',
    ({ waiting, oldestSeconds }) => (waiting === 0 ? 0 : oldestSeconds),
  );
  add('pospro_backlog_failures_total', 'counter', 'Failed rounds of the work.', ({ failures }) => failures);
}

/** The caches of the process, by their names (docs/CACHING.md). */
export function addCacheMetrics(metrics: Metrics, read: () => readonly CacheCounts[]): void {
  const add = (name: string, type: Type, help: string, value: (counts: CacheCounts) => number) =>
    addMetric(metrics, { name: `pospro_cache_${name}`, type, help, labels: ['cache'] }, () =>
      read().map((counts) => ({ labels: { cache: counts.name }, value: value(counts) })),
    );
  add('entries', 'gauge', 'Cached values.', ({ entries }) => entries);
  add('hits_total', 'counter', 'Values found in the cache.', ({ hits }) => hits);
  add('misses_total', 'counter', 'Values not found in the cache.', ({ misses }) => misses);
  add('drops_total', 'counter', 'Values dropped by a change.', ({ drops }) => drops);
}

/** Rows that this process has deleted because their time was over (kernel/retention.ts). */
export function addDeletionMetrics(metrics: Metrics, read: () => Readonly<Record<string, number>>): void {
  addMetric(
    metrics,
    {
      name: 'pospro_rows_deleted_total',
      type: 'counter',
      help: 'Old rows deleted by this process, by table.',
      labels: ['table'],
    },
    () => Object.entries(read()).map(([table, value]) => ({ labels: { table }, value })),
  );
}

/** The process's way to Redis, if the settings name one. */
export function addRedisMetrics(metrics: Metrics, read: () => RedisCounts): void {
  const add = (name: string, type: Type, help: string, value: (counts: RedisCounts) => number) =>
    addMetric(metrics, { name: `pospro_redis_${name}`, type, help, labels: [] }, () => [
      { labels: {}, value: value(read()) },
    ]);
  add('reachable', 'gauge', '1 while Redis answers this process, 0 while it does not.', ({ reachable }) =>
    Number(reachable),
  );
  add(
    'failures_total',
    'counter',
    'Commands and probes that failed or were late.',
    ({ failures }) => failures,
  );
}

/** The replica of PostgreSQL, if the settings name one. */
export function addReplicaMetrics(metrics: Metrics, read: () => ReplicaCounts): void {
  const add = (
    name: string,
    type: Type,
    help: string,
    value: (counts: ReplicaCounts) => number | undefined,
  ) =>
    addMetric(metrics, { name: `pospro_replica_${name}`, type, help, labels: [] }, () => {
      const known = value(read());
      return known === undefined ? [] : [{ labels: {}, value: known }];
    });
  add(
    'usable',
    'gauge',
    '1 while reports may be read on the replica, 0 while it is gone or lags too much.',
    (counts) => Number(counts.usable),
  );
  add(
    'lag_seconds',
    'gauge',
    'Time since the last moment of which the replica is known to have everything.',
    (counts) => counts.lagSeconds,
  );
  add(
    'failures_total',
    'counter',
    'Statements that failed on the replica and were repeated on the primary.',
    (counts) => counts.failures,
  );
  addMetric(
    metrics,
    {
      name: 'pospro_replica_reads_total',
      type: 'counter',
      help: 'Statements of reports, by the server that answered.',
      labels: ['server'],
    },
    () => Object.entries(read().reads).map(([server, value]) => ({ labels: { server }, value })),
  );
}

/** The numbers of live subscriptions; see `Live` of gateway/live. */
interface LiveCounts {
  readonly sockets: number;
  readonly subscribers: number;
  readonly upstreams: number;
  readonly executions: number;
  readonly dropped: number;
}

export function addLiveMetrics(metrics: Metrics, read: () => LiveCounts): void {
  const add = (name: string, type: Type, help: string, key: keyof LiveCounts) =>
    addMetric(metrics, { name: `pospro_live_${name}`, type, help, labels: [] }, () => [
      { labels: {}, value: read()[key] },
    ]);
  add('sockets', 'gauge', 'Open WebSockets.', 'sockets');
  add('subscribers', 'gauge', 'Subscribers of open upstreams.', 'subscribers');
  add('upstreams', 'gauge', 'Open upstreams; equal subscriptions share one.', 'upstreams');
  add('executions_total', 'counter', 'Executions, one for each event and upstream.', 'executions');
  add('subscribers_dropped_total', 'counter', 'Slow subscribers that were disconnected.', 'dropped');
}
