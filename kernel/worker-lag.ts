/**
 * The lag of background work: events that wait for the relay, audit entries that wait for their seal. Each
 * worker registers a function that measures its waiting entries, for status, health and metrics.
 */
import type { Config } from './config';
import type { Database } from './db/database';
import { explainFailure } from './db/pg-errors';
import { inTime } from './timeout';
import { PosProError, type ErrorCode } from './errors';

/** The waiting entries. */
export interface Waiting {
  /** `MAX_COUNTED` means that or more. */
  readonly waiting: number;
  /** Age of the oldest one, in seconds; null if none waits. */
  readonly oldestSeconds: number | null;
}

/** The state of one kind of background work in this process. */
export interface Backlog {
  /** For example "outbox_relay". */
  readonly name: string;
  /** Degraded: the oldest has waited for longer than LAG_LIMIT_SECONDS. Unavailable: the check failed. */
  readonly condition: 'ok' | 'degraded' | 'unavailable';
  /** Null if the check failed. */
  readonly waiting: number | null;
  /** To a tenth. */
  readonly oldestSeconds: number | null;
  /** Number of failed rounds since the start of the process. */
  readonly failures: number;
  /** The last failure; it stays, so that later checks show it. Its text is only in the log. */
  readonly lastError: { readonly at: Date; readonly code: ErrorCode } | null;
}

/** The functions with which a worker reports. */
export interface BacklogReport {
  /** A round has failed. */
  failed(error: unknown): void;
  /** The work has ended. */
  close(): void;
}

/** Counting stops here: a check must be cheap, above all when much is waiting. */
export const MAX_COUNTED = 10_000;

/** A result is shared for this time: status is public, and must not burden the database. */
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

/** Registers a worker. @param look counts the waiting entries, in one cheap statement up to `MAX_COUNTED`. */
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

/**
 * The lag of all registered workers of this process, by their names. Never throws, and answers within two
 * seconds.
 */
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
  // Until the check has ended it is shared; after that its result is kept for a moment.
  const last = { until: Number.POSITIVE_INFINITY, looks };
  watch.last = last;
  return looks.finally(() => (last.until = performance.now() + LOOK_EVERY_MS));
}

async function lookAt(work: Watched, limitSeconds: number): Promise<Backlog> {
  const told = () => ({ name: work.name, failures: work.failures, lastError: work.lastError });
  try {
    const { waiting, oldestSeconds: age } = await inTime(work.look(), LOOK_TIMEOUT_MS);
    // Another machine's clock may have written a time in the future.
    const oldestSeconds = age === null ? null : Math.max(0, Math.round(age * 10) / 10);
    const condition = oldestSeconds !== null && oldestSeconds > limitSeconds ? 'degraded' : 'ok';
    return { ...told(), condition, waiting, oldestSeconds };
  } catch {
    // A failed check is an answer, not an error; the worker itself logs and counts the cause.
    return { ...told(), condition: 'unavailable', waiting: null, oldestSeconds: null };
  }
}
