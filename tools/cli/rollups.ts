/** `pospro rollups`: compares the running totals of all business days with their orders, and names the days that differ. */
import { systemContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { checkReportDays, removeReportDays, storeReportDays } from '#subgraphs/analytics/index';
import { checkTotals, daysWithTotals, rebuildTotals } from '#subgraphs/orders/index';
import { say } from '../run-tool';
import type { Arguments } from './command';
import { readSettings, withServices } from './services';

const EXIT_DIFFERENT = 1;

/** @returns 1 if a day differs, after a rebuild with `--rebuild`. */
export async function checkRollups(given: Arguments): Promise<number> {
  const rebuilds = given.flag('rebuild');
  const differences = await withServices(readSettings(), (services) => checkAll(services, rebuilds), {
    alone: rebuilds,
  });
  return differences > 0 ? EXIT_DIFFERENT : 0;
}

/** @returns the number of business days that differ, after a rebuild. */
async function checkAll(services: Services, rebuilds: boolean): Promise<number> {
  const { database } = services;
  const organizations = await database.system.many<{ id: string }>(
    sql`select id from organizations order by id`,
  );
  let differing = 0;
  for (const { id } of organizations) {
    const days = await daysWithTotals(database.system, id);
    if (rebuilds) {
      await rebuildTotals(systemContext(services, id, { address: 'rollups' }), days);
      await removeReportDays(services, id);
      await storeReportDays(services, id);
    }
    const range = { from: days.at(0) ?? '0001-01-01', to: days.at(-1) ?? '0001-01-01' };
    const differences = await checkTotals(services, id, range);
    const stored = await checkReportDays(services, id, range);
    differing += differences.length + stored.length;
    say(
      `${id}: ${days.length} business days${rebuilds ? ' computed again' : ''}, ${differences.length + stored.length} differ`,
    );
    for (const { businessDate, branchId, table } of differences)
      say(`  ${businessDate} branch ${branchId} ${table}`);
    for (const { day, table } of stored) say(`  ${day} ${table}`);
  }
  return differing;
}
