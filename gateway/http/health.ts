/**
 * The health of the process: `/health/live` (it runs), `/health/ready` (it can serve; for load balancers), and
 * `/health` with each dependency. A process that is degraded because background work is late stays ready: it
 * sells as before, the others lag in the same way, and taking all of them out of service would turn a lag into
 * a standstill.
 */
import type { FastifyInstance } from 'fastify';
import { version } from '../../package.json';
import type { Backlog } from '#kernel/worker-lag';
import { sql, type Database } from '#kernel/db/database';
import { inTime } from '#kernel/timeout';

interface Check {
  readonly status: 'ok' | 'degraded' | 'failed';
  readonly latency_ms: number;
}

/** Background work: see kernel/worker-lag.ts for the values. */
interface BacklogCheck {
  readonly status: 'ok' | 'degraded' | 'failed';
  readonly waiting: number | null;
  readonly oldest_seconds: number | null;
  readonly last_error: { readonly at: Date; readonly code: string } | null;
}

interface Health {
  readonly status: 'ok' | 'degraded' | 'failed' | 'stopping';
  readonly version: string;
  /** Seconds since the start. */
  readonly uptime: number;
  readonly checks: Readonly<Record<string, Check | BacklogCheck>>;
}

/** Checks a dependency: resolves if it works, rejects if not. */
export type Probe = () => Promise<unknown>;

const PROBE_TIMEOUT_MS = 2000;
/** Minimum interval of probes, whatever the number of requests: health must not burden the database. */
const PROBE_EVERY_MS = 500;

/** The probe of the database: one statement. */
export function databaseProbe(database: Database): Probe {
  return () => database.system.one(sql`select 1 as alive`);
}

/** The dependencies of health. */
export interface HealthSources {
  /** The process needs all of these to serve. */
  readonly probes: Readonly<Record<string, Probe>>;
  /** Without these the process serves, but degraded. */
  readonly aids: Readonly<Record<string, Probe>>;
  readonly backlogs: () => Promise<readonly Backlog[]>;
  /** Whether the process is stopping. */
  readonly stopping: () => boolean;
}

/** Mounts the three addresses. */
export function mountHealth(app: FastifyInstance, { probes, aids, backlogs, stopping }: HealthSources): void {
  const started = process.hrtime.bigint();
  let last: { at: number; health: Promise<Health> } | undefined;
  const look = async (): Promise<Health> => {
    const lookAt = (some: HealthSources['probes'], broken: 'degraded' | 'failed') =>
      Object.entries(some).map(async ([name, probe]): Promise<[string, Check]> => [
        name,
        await run(probe, broken),
      ]);
    const looking = [...lookAt(probes, 'failed'), ...lookAt(aids, 'degraded')];
    const [found, works] = await Promise.all([Promise.all(looking), backlogs()]);
    const failed = found.some(([, check]) => check.status === 'failed');
    const degraded =
      found.some(([, check]) => check.status === 'degraded') ||
      works.some(({ condition }) => condition !== 'ok');
    const status = stopping() ? 'stopping' : failed ? 'failed' : degraded ? 'degraded' : 'ok';
    const uptime = Number((process.hrtime.bigint() - started) / 1_000_000_000n);
    const following: [string, BacklogCheck][] = works.map((work) => [work.name, checkOf(work)]);
    const checks = Object.fromEntries<Check | BacklogCheck>([...found, ...following]);
    return { status, version, uptime, checks };
  };
  const current = (): Promise<Health> => {
    if (!last || performance.now() - last.at > PROBE_EVERY_MS)
      last = { at: performance.now(), health: look() };
    return last.health;
  };
  const quiet = { logLevel: 'warn', config: { uncounted: true } } as const;
  const answer = async () => {
    const health = await current();
    return { health, code: health.status === 'ok' || health.status === 'degraded' ? 200 : 503 };
  };
  app.get('/health', quiet, async (_request, reply) => {
    const { health, code } = await answer();
    return reply.code(code).header('cache-control', 'no-store').send(health);
  });
  app.get('/health/ready', quiet, async (_request, reply) => {
    const { health, code } = await answer();
    return reply.code(code).header('cache-control', 'no-store').send({ status: health.status });
  });
  app.get('/health/live', quiet, async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'ok' }),
  );
}

function checkOf({ condition, waiting, oldestSeconds, lastError }: Backlog): BacklogCheck {
  const status = condition === 'unavailable' ? 'failed' : condition;
  return { status, waiting, oldest_seconds: oldestSeconds, last_error: lastError };
}

async function run(probe: Probe, broken: 'degraded' | 'failed'): Promise<Check> {
  const start = performance.now();
  const status = await inTime(probe(), PROBE_TIMEOUT_MS).then(
    () => 'ok' as const,
    () => broken,
  );
  return { status, latency_ms: Math.round((performance.now() - start) * 100) / 100 };
}
