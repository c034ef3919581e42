/** Assigns every audit entry its number and hash, in commit order, a moment after it was written. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { createAlarm } from '../alarm';
import { MAX_COUNTED, openBacklog, type Waiting } from '../worker-lag';
import { sql, type Database, type Queryable } from '../db/database';
import { onEntryWritten } from './entry';

export interface SealerOptions {
  database: Database;
  log: Logger;
}

export interface Sealer {
  /** Resolves when the current round has ended. */
  stop(): Promise<void>;
}

/** The result of one round. */
export interface Sealed {
  /** Number of entries sealed. */
  sealed: number;
  /** Number of remaining entries: written since, or blocked by a running transaction. */
  waiting: number;
}

const BATCH = 1_000;
/** After a write the sealer pauses, so that a rush of sales is sealed in few rounds. */
const GATHER_MS = 150;
/** A regular check finds the entries of other processes that ended. */
const IDLE_MS = 5_000;
const AFTER_FAILURE_MS = 2_000;

/** One round. Several processes may call it at once: one of them does the work. */
export function sealEntries(db: Queryable): Promise<Sealed> {
  return db.one<Sealed>(sql`select sealed, waiting from pospro_seal_audit(${BATCH})`);
}

/** The entries that wait for their seal, of all processes. The count is bounded. */
function waitingForSeal(db: Queryable): Promise<Waiting> {
  return db.one<Waiting>(sql`
    select count(*) as waiting, extract(epoch from now() - min(since))::float8 as oldest_seconds
    from (select since from audit_pending order by sequence limit ${MAX_COUNTED}) as waiting`);
}

/** Seals after every write of this process, and regularly checks for entries of others. */
export function startSealer({ database, log }: SealerOptions): Sealer {
  const alarm = createAlarm();
  let stopped = false;
  const stopListening = onEntryWritten(database, alarm.ring);
  const backlog = openBacklog(database, 'audit_sealer', () => waitingForSeal(database.system));

  async function run(): Promise<void> {
    let pause = 0;
    while (!stopped) {
      if (await alarm.wait(pause)) await sleep(GATHER_MS);
      // The coming round seals what has been written meanwhile.
      alarm.silence();
      try {
        const { sealed, waiting } = await sealEntries(database.system);
        // An entry that cannot be sealed yet is retried soon, then at growing intervals while nothing changes.
        pause =
          waiting === 0 ? IDLE_MS : sealed > 0 ? 0 : Math.min(Math.max(pause, GATHER_MS / 4) * 2, IDLE_MS);
      } catch (error) {
        log.warn({ err: error }, 'the audit trail could not be sealed');
        backlog.failed(error);
        pause = AFTER_FAILURE_MS;
      }
    }
  }

  const running = run();
  return {
    async stop() {
      stopped = true;
      stopListening();
      alarm.ring();
      await running;
      backlog.close();
    },
  };
}
