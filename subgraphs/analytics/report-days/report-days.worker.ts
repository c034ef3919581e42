/** Stores ended business days for reports, and compares stored ones with their orders once a night. Several processes may run this at once. */
import { systemContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { addDays } from '#kernel/periods.rules';
import { reportDays } from '../tables.generated';
import { checkReportDays, storeReportDays } from './store-report-days';

const INTERVAL_MS = 600_000;
/** The hour, in UTC, from which the check of a day runs. */
const FIRST_HOUR = 2;
/** Days before the present one that a check covers. */
const CHECKED_DAYS = 35;

/** Stores and checks what is due of each organization. */
export async function keepReportDays(services: Services): Promise<void> {
  const organizations = await services.database.system.many<{ id: string }>(
    sql`select id from organizations order by id`,
  );
  for (const { id } of organizations) {
    const today = await claimCheck(services, id);
    if (today !== undefined)
      await checkReportDays(services, id, { from: addDays(today, -CHECKED_DAYS), to: today });
    await storeReportDays(services, id);
  }
}

/** The process that stores the check of a night first makes it. @returns the day of a check that is due. */
async function claimCheck(services: Services, organizationId: string): Promise<string | undefined> {
  const now = services.clock.now();
  if (now.getUTCHours() < FIRST_HOUR) return undefined;
  const today = now.toISOString().slice(0, 'YYYY-MM-DD'.length);
  const ctx = systemContext(services, organizationId, { address: 'report-days' });
  const claimed = await transact(ctx, async (tx) => {
    await tx.run(sql`delete from report_days where part = 'check' and business_date < ${today}::date`);
    const check = { organizationId, part: 'check', businessDate: today, storedAt: now } as const;
    return tx.run(sql`${reportDays.insert(check)} on conflict do nothing`);
  });
  return claimed > 0 ? today : undefined;
}

/** Runs every ten minutes until it is stopped. */
export function startReportDays(services: Services): Stop {
  const failure = 'days of reports could not be stored; it is tried again';
  return startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () => keepReportDays(services));
}
