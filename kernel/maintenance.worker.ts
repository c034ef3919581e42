/** Partitions for future months. */
import type { Logger } from 'pino';
import { sql, type Database } from './db/database';

export interface MaintenanceOptions {
  database: Database;
  log: Logger;
  /** Pause after a failure, in milliseconds; it doubles with each further one, up to an hour. Defaults to half a minute. */
  retryMs?: number;
}

const INTERVAL_MS = 3_600_000;
const RETRY_MS = 30_000;

/** Creates partitions once. Several processes may do so at the same time. */
function createPartitions({
  database,
}: Pick<MaintenanceOptions, 'database'>): Promise<{ partitions: number }> {
  return database.system.one(sql`select pospro_ensure_partitions() as partitions`);
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
      log.debug(await createPartitions(options), 'partitions created');
      failures = 0;
      return INTERVAL_MS;
    } catch (error) {
      const pause = Math.min(retryMs * 2 ** failures, INTERVAL_MS);
      failures += 1;
      log.warn(
        { err: error, retryAfterSeconds: pause / 1_000 },
        'partitions could not be created; it is tried again',
      );
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
