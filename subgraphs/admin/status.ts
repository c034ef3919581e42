/** How the platform is, told to whoever asks: no addresses, no names of hosts, no error texts. */
import { version } from '../../package.json';
import type { RequestContext } from '../../kernel/context';
import { sql } from '../../kernel/db/database';
import { Decimal } from '../../kernel/decimal';

export type Condition = 'ok' | 'unavailable';

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
}

/** Asks what the platform depends upon, and never throws: that something is away is the answer, not an error. */
export async function platformStatus(ctx: RequestContext): Promise<PlatformStatus> {
  const dependencies = [await askDatabase(ctx)];
  return {
    status: dependencies.every(({ status }) => status === 'ok') ? 'ok' : 'unavailable',
    version,
    time: ctx.clock.now(),
    uptimeSeconds: Math.floor(process.uptime()),
    dependencies,
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
