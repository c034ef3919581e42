/** Gives every audit entry its number and hash, in commit order, a moment after it was written. */
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
  /** Ends once what is being sealed has been. */
  stop(): Promise<void>;
}

/** What one round did. */
export interface Sealed {
  /** How many entries got their seal. */
  sealed: number;
  /** How many are left: written since, or held back by a transaction that still runs. */
  waiting: number;
}

const BATCH = 1_000;
/** After a write there is a short pause, so that a rush of sales is sealed in few rounds. */
const GATHER_MS = 150;
/** What another process left behind when it ended is found by a look now and then. */
const IDLE_MS = 5_000;
const AFTER_FAILURE_MS = 2_000;

/** One round. Several processes may call it at once: one of them does the work. */
export function sealEntries(db: Queryable): Promise<Sealed> {
  return db.one<Sealed>(sql`select sealed, waiting from pospro_seal_audit(${BATCH})`);
}

/** What waits for its seal, of whatever process. It counts no further than it must. */
function waitingForSeal(db: Queryable): Promise<Waiting> {
  return db.one<Waiting>(sql`
    select count(*) as waiting, extract(epoch from now() - min(since))::float8 as oldest_seconds
    from (select since from audit_pending order by sequence limit ${MAX_COUNTED}) as waiting`);
}

/** Seals after every write of this process, and looks now and then for what others have left. */
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
        // One that cannot be sealed yet is looked for again soon, and ever more seldom while nothing moves.
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
