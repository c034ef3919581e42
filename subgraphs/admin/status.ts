/** How the platform is, told to whoever asks: no addresses, no names of hosts, no error texts. */
import { version } from '../../package.json';
import { backlogsOf, type Backlog } from '#kernel/worker-lag';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';

export type Condition = 'ok' | 'degraded' | 'unavailable';

export interface DependencyStatus {
  name: string;
  status: Condition;
  latencyMilliseconds: Decimal | null;
}

export interface PlatformStatus {
  status: Condition;
  version: string;
  /** UTC. */
  time: Date;
  uptimeSeconds: number;
  dependencies: DependencyStatus[];
  backlogs: BacklogStatus[];
}

export interface BacklogStatus extends Omit<Backlog, 'oldestSeconds'> {
  oldestSeconds: Decimal | null;
}

/** Asks what the platform depends upon, and never throws: that something is away is the answer, not an error. */
export async function platformStatus(ctx: RequestContext): Promise<PlatformStatus> {
  const [database, backlogs] = await Promise.all([askDatabase(ctx), backlogsOf(ctx)]);
  const dependencies = [database];
  const works = dependencies.every(({ status }) => status === 'ok');
  return {
    status: !works
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

async function askDatabase(ctx: RequestContext): Promise<DependencyStatus> {
  const started = performance.now();
  try {
    await ctx.database.system.one(sql`select 1 as alive`);
  } catch (error) {
    ctx.log.warn({ err: error }, 'the database does not answer');
    return { name: 'database', status: 'unavailable', latencyMilliseconds: null };
  }
  const latency = new Decimal(performance.now() - started).toDecimalPlaces(2);
  return { name: 'database', status: 'ok', latencyMilliseconds: latency };
}
