/** The public state of the platform, without network addresses, host names and error texts. */
import { version } from '../../package.json';
import { backlogsOf } from '#kernel/worker-lag';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import type { Dependency, PlatformStatus } from './types.generated';

/** Checks the dependencies of the platform. Never throws: an unavailable dependency is an answer, not an error. */
export async function platformStatus(ctx: RequestContext): Promise<PlatformStatus> {
  const [database, backlogs] = await Promise.all([checkDatabase(ctx), backlogsOf(ctx)]);
  const dependencies = [database];
  const allAvailable = dependencies.every(({ status }) => status === 'ok');
  return {
    status: !allAvailable
      ? 'unavailable'
      : backlogs.every(({ condition }) => condition === 'ok')
        ? 'ok'
        : 'degraded',
    version,
    time: ctx.clock.now(),
    uptimeSeconds: Math.floor(process.uptime()),
    dependencies,
    backlogs: backlogs.map((backlog) => ({
      ...backlog,
      oldestSeconds: backlog.oldestSeconds === null ? null : new Decimal(backlog.oldestSeconds),
    })),
  };
}

async function checkDatabase(ctx: RequestContext): Promise<Dependency> {
  const startMs = performance.now();
  try {
    await ctx.database.system.one(sql`select 1 as alive`);
  } catch (error) {
    ctx.log.warn({ err: error }, 'the database does not answer');
    return { name: 'database', status: 'unavailable', latencyMs: null };
  }
  const latency = new Decimal(performance.now() - startMs).toDecimalPlaces(2);
  return { name: 'database', status: 'ok', latencyMs: latency };
}
