/**
 * `npm run rollups`: compares the running totals of all business days with their orders, and names the days that differ.
 * `npm run rollups -- --rebuild` computes the totals of all business days again first. Exits with 0 if all are right, with 1 for a day that
 * differs, and with 2 if it could not check.
 */
import '#gateway/environment';
import { pino } from 'pino';
import { Caches } from '#kernel/cache';
import { systemClock } from '#kernel/clock';
import { readConfig } from '#kernel/config';
import { systemContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { openDatabase } from '#kernel/db/open-database';
import { MemoryBus } from '#kernel/events/memory-bus';
import { createIds } from '#kernel/ids';
import { checkReportDays, removeReportDays, storeReportDays } from '#subgraphs/analytics/index';
import { checkTotals, daysWithTotals, rebuildTotals } from '#subgraphs/orders/index';
import { runTool, say } from './run-tool';
import { withDatabase } from './with-database';

const EXIT_DIFFERENT = 1;

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = pino({ level: 'warn' });
  const differences = await withDatabase(config, log, async (url) => {
    const database = await openDatabase({ url, poolSize: 2, log });
    const bus = new MemoryBus(log);
    const clock = systemClock;
    const caches = new Caches(clock, bus);
    const services = { config, clock, ids: createIds(clock), log, database, bus, caches };
    const differing = await checkAll(services, process.argv.includes('--rebuild'));
    await database.close();
    return differing;
  });
  if (differences > 0) process.exitCode = EXIT_DIFFERENT;
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

runTool(main, { whileRunning: 'Stop the platform first.' });
