/** Compares the running totals of an organization with its orders, and keeps and logs the result. */
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { orderTotalsChecks } from '../tables.generated';
import { totalsDifferences, type ScanDays, type TotalsDifference } from './totals-scan.queries';

/** Differences that a log line names. */
const NAMED = 20;

/** @returns the business days whose running totals differ from their orders. */
export async function checkTotals(
  { database, clock, log }: Pick<Services, 'database' | 'clock' | 'log'>,
  organizationId: string,
  days: Pick<ScanDays, 'from' | 'to'>,
): Promise<TotalsDifference[]> {
  const differences = await totalsDifferences(database.system, { organizationId, ...days });
  const now = clock.now();
  const check = {
    organizationId,
    checkedOn: now.toISOString().slice(0, 10),
    checkedAt: now,
    differences: differences.length,
  };
  await database.system.run(sql`
    ${orderTotalsChecks.insert(check)} on conflict (organization_id) do update set ${orderTotalsChecks.excluded}`);
  if (differences.length > 0)
    log.error(
      { organizationId, count: differences.length, differences: differences.slice(0, NAMED) },
      'running totals differ from their orders',
    );
  return differences;
}
