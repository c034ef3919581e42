/** Stores ended business days for reports, and compares stored ones with their orders once a night. Several processes may run this at once. */
import { systemContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Stop } from '#kernel/graph/subgraph';
import { nightAt, type Night } from '#kernel/nightly';
import { startPeriodicWork } from '#kernel/periodic-work';
import { reportDays } from '../tables.generated';
import { checkReportDays, storeReportDays } from './store-report-days';

const INTERVAL_MS = 600_000;

/** Stores and checks what is due of each organization. */
export async function keepReportDays(services: Services): Promise<void> {
  const night = nightAt(services.clock.now());
  const organizations = await services.database.system.many<{ id: string; isChecked: boolean }>(sql`
    select o.id, exists (
      select from report_days r where r.organization_id = o.id and r.part = 'check' and r.business_date = ${night?.today ?? null}::date
    ) as "isChecked"
    from organizations o order by o.id`);
  for (const { id, isChecked } of organizations) {
    if (night && !isChecked && (await claimCheck(services, id, night)))
      await checkReportDays(services, id, night);
    await storeReportDays(services, id);
  }
}

/** The process that stores the check of a night first makes it. @returns whether that is this one. */
async function claimCheck(services: Services, organizationId: string, { today }: Night): Promise<boolean> {
  const ctx = systemContext(services, organizationId, { address: 'report-days' });
  const claimed = await transact(ctx, async (tx) => {
    await tx.run(sql`delete from report_days where part = 'check' and business_date < ${today}::date`);
    const check = { organizationId, part: 'check', businessDate: today, storedAt: tx.now } as const;
    return tx.run(sql`${reportDays.insert(check)} on conflict do nothing`);
  });
  return claimed > 0;
}

/** Runs every ten minutes until it is stopped. */
export function startReportDays(services: Services): Stop {
  const failure = 'days of reports could not be stored; it is tried again';
  return startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () => keepReportDays(services));
}
