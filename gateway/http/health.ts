/**
 * How the process is: `/health/live` (it runs), `/health/ready` (it can serve: a load balancer asks this), and `/health` with each
 * thing it depends upon.
 */
import type { FastifyInstance } from 'fastify';
import { version } from '../../package.json';
import { sql, type Database } from '../../kernel/db/database';

interface Check {
  readonly status: 'ok' | 'failed';
  readonly latency_ms: number;
}

interface Health {
  readonly status: 'ok' | 'failed' | 'stopping';
  readonly version: string;
  /** Seconds since the start. */
  readonly uptime: number;
  readonly checks: Readonly<Record<string, Check>>;
}

/** Answers whether a dependency works, by resolving or rejecting. */
export type Probe = () => Promise<unknown>;

const PROBE_TIMEOUT_MS = 2000;
/** Probes run at most this often, however many ask: health must not be a way to burden the database. */
const PROBE_EVERY_MS = 500;

/** The probe of the database: one statement. */
export function databaseProbe(database: Database): Probe {
  return () => database.system.one(sql`select 1 as alive`);
}

/** Mounts the three addresses. @param stopping says whether the process is on its way down. */
export function mountHealth(app: FastifyInstance, probes: Readonly<Record<string, Probe>>, stopping: () => boolean): void {
  const started = process.hrtime.bigint();
  let last: { at: number; health: Promise<Health> } | undefined;
  const look = async (): Promise<Health> => {
    const entries = await Promise.all(Object.entries(probes).map(async ([name, probe]) => [name, await run(probe)] as const));
    const failed = entries.some(([, check]) => check.status === 'failed');
    const uptime = Number((process.hrtime.bigint() - started) / 1_000_000_000n);
    return { status: stopping() ? 'stopping' : failed ? 'failed' : 'ok', version, uptime, checks: Object.fromEntries(entries) };
  };
  const current = (): Promise<Health> => {
    if (!last || Date.now() - last.at > PROBE_EVERY_MS) last = { at: Date.now(), health: look() };
    return last.health;
  };
  const quiet = { logLevel: 'warn' } as const;
  const answer = async () => {
    const health = await current();
    return { health, code: health.status === 'ok' ? 200 : 503 };
  };
  app.get('/health', quiet, async (_request, reply) => {
    const { health, code } = await answer();
    return reply.code(code).header('cache-control', 'no-store').send(health);
  });
  app.get('/health/ready', quiet, async (_request, reply) => {
    const { health, code } = await answer();
    return reply.code(code).header('cache-control', 'no-store').send({ status: health.status });
  });
  app.get('/health/live', quiet, async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'ok' }));
}

async function run(probe: Probe): Promise<Check> {
  const start = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), PROBE_TIMEOUT_MS);
  });
  const status = await Promise.race([probe(), late]).then(
    () => 'ok' as const,
    () => 'failed' as const,
  );
  clearTimeout(timer);
  return { status, latency_ms: Math.round((performance.now() - start) * 100) / 100 };
}
