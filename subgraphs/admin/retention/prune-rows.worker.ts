/** Deletes rows that have served their purpose, by the rules of the domains. */
import type { Services } from '#kernel/context';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import {
  KERNEL_RETENTION,
  pruneRows,
  type PruneOptions,
  type Retention,
  type RetentionRule,
} from '#kernel/retention';

const LOOK_EVERY_MS = 60_000;
const EVERY_MS = 3_600_000;

/** The tables of the kernel and of all domains. */
export function retentionOf(domains: readonly { readonly retention?: Retention }[]): Retention[] {
  return [KERNEL_RETENTION, ...domains.flatMap(({ retention = {} }) => retention)];
}

/** The rules of all domains and of the kernel. */
export function retentionRules(domains: readonly { readonly retention?: Retention }[]): RetentionRule[] {
  return retentionOf(domains).flatMap(({ rules = [] }) => rules);
}

export interface PruningOptions extends Pick<PruneOptions, 'budgetMs' | 'batch'> {
  readonly lookEveryMs?: number;
}

/**
 * Deletes them at the start and every hour, and until none is left: a round that its time has ended is followed by the next one
 * within a minute, so a backlog of any size is caught up. A stop waits only for the batch in progress.
 */
export function startPruning(
  services: Services,
  rules: readonly RetentionRule[],
  { lookEveryMs = LOOK_EVERY_MS, ...options }: PruningOptions = {},
): Stop {
  const stopping = new AbortController();
  let nextAt = 0;
  const round = async () => {
    if (performance.now() < nextAt) return;
    const { deleted, finished } = await pruneRows(services, rules, { ...options, signal: stopping.signal });
    nextAt = finished ? performance.now() + EVERY_MS : 0;
    const rows = Object.fromEntries(Object.entries(deleted).filter(([, count]) => count > 0));
    if (Object.keys(rows).length > 0) services.log.debug({ rows, finished }, 'old rows deleted');
  };
  const stop = startPeriodicWork(
    services,
    { intervalMs: lookEveryMs, failure: 'old rows were not deleted', firstAfterMs: 0 },
    round,
  );
  return () => {
    stopping.abort();
    return stop();
  };
}
