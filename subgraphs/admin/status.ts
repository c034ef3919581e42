/** The public state of the platform, without network addresses, host names and error texts. */
import { version } from '../../package.json';
import { backlogsOf } from '#kernel/worker-lag';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { redisLinkOf } from '#kernel/redis/index';
import type { Dependency, PlatformStatus } from './types.generated';

/** Checks the dependencies of the platform. Never throws: an unavailable dependency is an answer, not an error. */
export async function platformStatus(ctx: RequestContext): Promise<PlatformStatus> {
  const [dependencies, backlogs] = await Promise.all([
    Promise.all([checkDatabase(ctx), ...checkRedis(ctx)]),
    backlogsOf(ctx),
  ]);
  const worksWell =
    dependencies.every(({ status }) => status === 'ok') &&
    backlogs.every(({ condition }) => condition === 'ok');
  return {
    status: dependencies.some(({ status }) => status === 'unavailable')
      ? 'unavailable'
      : worksWell
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
  return { name: 'database', status: 'ok', latencyMs: latencySince(startMs) };
}

/** Redis, if the settings name one. Without it the platform serves, but degraded. */
function checkRedis(ctx: RequestContext): Promise<Dependency>[] {
  const link = redisLinkOf(ctx);
  if (!link) return [];
  const startMs = performance.now();
  return [
    link.check().then(
      () => ({ name: 'redis', status: 'ok', latencyMs: latencySince(startMs) }),
      // The link itself logs when it is gone, once.
      () => ({ name: 'redis', status: 'degraded', latencyMs: null }),
    ),
  ];
}

function latencySince(startMs: number): Decimal {
  return new Decimal(performance.now() - startMs).toDecimalPlaces(2);
}
