/**
 * Work that follows a commit by a moment: events that wait for the relay, audit entries that wait for their seal. Whoever does it
 * says here how to look at what waits, so that status, health and metrics can tell how far behind it is.
 */
import type { Config } from './config';
import type { Database } from './db/database';
import { explainFailure } from './db/pg-errors';
import { inTime } from './timeout';
import { PosProError, type ErrorCode } from './errors';

/** What waits at this moment. */
export interface Waiting {
  /** `MAX_COUNTED` stands for that or more. */
  readonly waiting: number;
  /** How long the oldest has waited, in seconds; null where none waits. */
  readonly oldestSeconds: number | null;
}

/** One kind of work that follows, as this process sees it. */
export interface Backlog {
  /** For example "outbox_relay". */
  readonly name: string;
  /** Degraded: the oldest has waited for longer than LAG_LIMIT_SECONDS. Unavailable: nobody could look. */
  readonly condition: 'ok' | 'degraded' | 'unavailable';
  /** Null where nobody could look. */
  readonly waiting: number | null;
  /** To a tenth. */
  readonly oldestSeconds: number | null;
  /** How many rounds of the work have failed since the start of the process. */
  readonly failures: number;
  /** The last of them; it stays, so that one who looks later sees it. Its text is in the log only. */
  readonly lastError: { readonly at: Date; readonly code: ErrorCode } | null;
}

/** How the one who does the work tells of it. */
export interface BacklogReport {
  /** A round has failed. */
  failed(error: unknown): void;
  /** The work has ended. */
  close(): void;
}

/** Counting stops here: a look must cost little above all when much is waiting. */
export const MAX_COUNTED = 10_000;

/** One look serves all who ask within so long: status is for everybody, and must not be a way to burden the database. */
const LOOK_EVERY_MS = 500;
const LOOK_TIMEOUT_MS = 2_000;

interface Watched {
  readonly name: string;
  readonly look: () => Promise<Waiting>;
  failures: number;
  lastError: Backlog['lastError'];
}

interface Watch {
  readonly works: Set<Watched>;
  last: { until: number; looks: Promise<Backlog[]> } | undefined;
}

const perDatabase = new WeakMap<Database, Watch>();

function watchOf(database: Database): Watch {
  let watch = perDatabase.get(database);
  if (!watch) perDatabase.set(database, (watch = { works: new Set(), last: undefined }));
  return watch;
}

/** Begins to tell of some work. @param look counts what waits, in one cheap statement that goes no further than `MAX_COUNTED`. */
export function openBacklog(database: Database, name: string, look: () => Promise<Waiting>): BacklogReport {
  const { works } = watchOf(database);
  const work: Watched = { name, look, failures: 0, lastError: null };
  works.add(work);
  return {
    failed(error) {
      const known = explainFailure(error);
      work.failures += 1;
      work.lastError = { at: new Date(), code: known instanceof PosProError ? known.code : 'INTERNAL' };
    },
    close: () => works.delete(work),
  };
}

/** How far behind all such work of this process is, by their names. Never throws, and answers within two seconds. */
export function backlogsOf({
  database,
  config,
}: {
  database: Database;
  config: Config;
}): Promise<readonly Backlog[]> {
  const watch = watchOf(database);
  if (watch.last && watch.last.until > performance.now()) return watch.last.looks;
  const looks = Promise.all([...watch.works].map((work) => lookAt(work, config.lagLimitSeconds)));
  // Until it has ended nobody looks anew; after that it is told for a moment.
  const last = { until: Number.POSITIVE_INFINITY, looks };
  watch.last = last;
  return looks.finally(() => (last.until = performance.now() + LOOK_EVERY_MS));
}

async function lookAt(work: Watched, limitSeconds: number): Promise<Backlog> {
  const told = () => ({ name: work.name, failures: work.failures, lastError: work.lastError });
  try {
    const { waiting, oldestSeconds: age } = await inTime(work.look(), LOOK_TIMEOUT_MS);
    // Written by another machine's clock, it may seem to come from the future.
    const oldestSeconds = age === null ? null : Math.max(0, Math.round(age * 10) / 10);
    const condition = oldestSeconds !== null && oldestSeconds > limitSeconds ? 'degraded' : 'ok';
    return { ...told(), condition, waiting, oldestSeconds };
  } catch {
    // That nobody can look is the answer, not an error; why, the work itself logs and counts.
    return { ...told(), condition: 'unavailable', waiting: null, oldestSeconds: null };
  }
}
