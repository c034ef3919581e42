/** Compares the running totals of each organization with its orders once a night. Several processes may run this at once. */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { Stop } from '#kernel/graph/subgraph';
import { nightAt } from '#kernel/nightly';
import { startPeriodicWork } from '#kernel/periodic-work';
import { openBacklog, type Waiting } from '#kernel/worker-lag';
import { orderTotalsChecks } from '../tables.generated';
import { checkTotals } from './check-totals';

const INTERVAL_MS = 600_000;

/**
 * Checks the organizations whose check of the night is due. A difference is logged as an error and stays in the backlog
 * `order_totals` until a later check finds none; `pospro rollups --rebuild` ends it.
 * @returns the number of organizations that were checked.
 */
export async function checkDueTotals(services: Services): Promise<number> {
  const { database, clock } = services;
  const now = clock.now();
  const night = nightAt(now);
  if (!night) return 0;
  const { today, ...days } = night;
  const due = await database.system.many<{ id: string }>(sql`
    select o.id from organizations o left join order_totals_checks c on c.organization_id = o.id
    where c.checked_on is null or c.checked_on < ${today}::date order by o.id`);
  let checked = 0;
  for (const { id: organizationId } of due) {
    // The process that stores the check first makes it.
    const claimed = await database.system.run(sql`
      ${orderTotalsChecks.insert({ organizationId, checkedOn: today, checkedAt: now, differences: 0 })}
      on conflict (organization_id) do update set checked_on = excluded.checked_on
      where order_totals_checks.checked_on < excluded.checked_on`);
    if (claimed === 0) continue;
    await checkTotals(services, organizationId, days);
    checked += 1;
  }
  return checked;
}

/** Runs every ten minutes until it is stopped. */
export function startTotalsChecks(services: Services): Stop {
  const { database } = services;
  const backlog = openBacklog(database, 'order_totals', () => differing(services));
  const failure = 'running totals could not be checked; it is tried again';
  const stop = startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, async () => {
    try {
      await checkDueTotals(services);
    } catch (error) {
      backlog.failed(error);
      throw error;
    }
  });
  return async () => {
    await stop();
    backlog.close();
  };
}

/** Business days that differed in the last checks. */
function differing({ database, clock }: Services): Promise<Waiting> {
  return database.system.one<Waiting>(sql`
    select coalesce(sum(differences), 0)::int as waiting,
      extract(epoch from ${clock.now()}::timestamptz - min(checked_at))::float8 as "oldestSeconds"
    from order_totals_checks where differences > 0`);
}
