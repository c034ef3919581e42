/** Deletes rows that have served their purpose, by the rules of the domains. */
import type { Services } from '#kernel/context';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { KERNEL_RETENTION, pruneRows, type RetentionRule } from '#kernel/retention';

const EVERY_MS = 3_600_000;

/** The rules of all domains and of the kernel. */
export function retentionRules(
  domains: readonly { readonly retention?: readonly RetentionRule[] }[],
): RetentionRule[] {
  return [...KERNEL_RETENTION, ...domains.flatMap(({ retention = [] }) => retention)];
}

/** Deletes them every hour, for half a minute at most. */
export function startPruning(
  services: Services,
  rules: readonly RetentionRule[],
  intervalMs = EVERY_MS,
): Stop {
  return startPeriodicWork(services, { intervalMs, failure: 'old rows were not deleted' }, async () => {
    services.log.debug(await pruneRows(services, rules), 'old rows deleted');
  });
}
