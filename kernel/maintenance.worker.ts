/** Housekeeping outside requests: partitions for future months, and deletion of expired rows. */
import type { Logger } from 'pino';
import type { Clock } from './clock';
import { sql, type Database, type Queryable, type Sql } from './db/database';
import { KEY_LIFETIME_MS } from './db/idempotency';

export interface MaintenanceOptions {
  database: Database;
  clock: Clock;
  log: Logger;
  /** Pause after a failure, in milliseconds; it doubles with each further one, up to an hour. Defaults to half a minute. */
  retryMs?: number;
}

/** Time for which events can be read again with a cursor. */
export const EVENT_LIFETIME_MS = 7 * 24 * 3_600_000;
const INTERVAL_MS = 3_600_000;
const RETRY_MS = 30_000;
/** Small steps, so that locks are short. */
const PRUNE_BATCH = 5_000;

/** Runs once. Several processes may run every step at the same time. */
export async function maintain({
  database,
  clock,
}: Pick<MaintenanceOptions, 'database' | 'clock'>): Promise<{ partitions: number; pruned: number }> {
  const now = clock.now().getTime();
  const { partitions } = await database.system.one<{ partitions: number }>(
    sql`select pospro_ensure_partitions() as partitions`,
  );
  const keysBefore = new Date(now - KEY_LIFETIME_MS);
  const eventsBefore = new Date(now - EVENT_LIFETIME_MS);
  const keys = await prune(
    database.system,
    sql`delete from idempotency_keys where ctid = any(array(
    select ctid from idempotency_keys where created_at < ${keysBefore} limit ${PRUNE_BATCH}))`,
  );
  const events = await pruneEvents(database.system, eventsBefore);
  return { partitions, pruned: keys + events };
}

/** Deletes old events, and stores the position: a subscriber with an older cursor must get an error. */
async function pruneEvents(db: Queryable, before: Date): Promise<number> {
  let total = 0;
  for (;;) {
    const { count } = await db.one<{ count: number }>(sql`
      with gone as (
        delete from outbox_events where ctid = any(array(
          select ctid from outbox_events where at < ${before} limit ${PRUNE_BATCH}))
        returning organization_id, xid, sequence
      ), floors as (
        insert into outbox_floors as floor (organization_id, xid, sequence)
        select distinct on (organization_id) organization_id, xid, sequence from gone
        order by organization_id, xid desc, sequence desc
        on conflict (organization_id) do update set xid = excluded.xid, sequence = excluded.sequence
          where (floor.xid, floor.sequence) < (excluded.xid, excluded.sequence)
      )
      select count(*) as count from gone`);
    total += count;
    if (count < PRUNE_BATCH) return total;
  }
}

async function prune(db: Queryable, statement: Sql): Promise<number> {
  let total = 0;
  for (;;) {
    const count = await db.run(statement);
    total += count;
    if (count < PRUNE_BATCH) return total;
  }
}

/** Runs every hour, and sooner after a failure. @returns a function that stops it. */
export function startMaintenance(options: MaintenanceOptions): () => Promise<void> {
  const { log, retryMs = RETRY_MS } = options;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const run = () => {
    running = runOnce().then((pause) => {
      if (stopped) return;
      timer = setTimeout(run, pause);
      timer.unref();
    });
  };
  /** @returns the pause until the next run, in milliseconds. */
  const runOnce = async (): Promise<number> => {
    try {
      log.debug(await maintain(options), 'housekeeping done');
      failures = 0;
      return INTERVAL_MS;
    } catch (error) {
      const pause = Math.min(retryMs * 2 ** failures, INTERVAL_MS);
      failures += 1;
      log.warn({ err: error, retryAfterSeconds: pause / 1_000 }, 'housekeeping failed; it is tried again');
      return pause;
    }
  };
  run();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
