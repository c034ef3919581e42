/** Stores the figures of ended business days, so that reports read a few rows whatever the days have sold; and compares them with the scan. */
import { organizationOf } from '#kernel/auth/access';
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { raw, sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { addDays } from '#kernel/periods.rules';
import { sellingTermsOfAll } from '#subgraphs/auth/index';
import type { ScannedRange } from '../finance/profit-loss/day-figures.queries';
import { reportDays } from '../tables.generated';
import { openDays, type ReportPart } from './report-days.queries';
import { STORED_PARTS } from './stored-tables';

/** A day has ended in every time zone two days after it. */
const ENDED_DAYS = 2;
const FIRST_DAY = '0001-01-01';

/** A stored day whose figures differ from its orders and movements. */
export interface ReportDayDifference {
  readonly table: string;
  readonly day: string;
}

/** Stores all ended days of an organization that are not stored. @returns their number; the parts of a day count by themselves. */
export async function storeReportDays(services: Services, organizationId: string): Promise<number> {
  const ctx = systemContext(services, organizationId, { address: 'report-days' });
  const range = { from: FIRST_DAY, to: lastEndedDay(ctx) };
  let stored = 0;
  for (const { part } of STORED_PARTS)
    for (const day of await openDays(ctx.db, part, range)) {
      await storeDay(ctx, part, day);
      stored += 1;
    }
  return stored;
}

/** The last day that has ended everywhere, and to which no movement of stock is added. */
function lastEndedDay({ clock }: Pick<RequestContext, 'clock'>): string {
  return addDays(clock.now().toISOString().slice(0, FIRST_DAY.length), -ENDED_DAYS);
}

/**
 * Stores one day. Tills wait for some milliseconds meanwhile: an order of that day that they insert then would be in its totals alone.
 * Another process may have stored the day in the meantime.
 */
async function storeDay(ctx: RequestContext, part: ReportPart, day: string): Promise<void> {
  const { totals, tables } = STORED_PARTS.find((stored) => stored.part === part)!;
  const organizationId = organizationOf(ctx);
  await transact(ctx, async (tx) => {
    // Tills queue behind the lock, so it may not wait for a long transaction; the day is then stored in the next round.
    await tx.run(sql`set local lock_timeout = '500ms'`);
    await tx.run(sql`lock table ${raw(totals)} in share row exclusive mode`);
    const row = { organizationId, part, businessDate: day, storedAt: tx.now };
    if ((await tx.run(sql`${reportDays.insert(row)} on conflict do nothing`)) === 0) return;
    const range = await scannedRange(tx, day);
    for (const { table, scan } of tables) {
      await tx.run(sql`delete from ${raw(table.name)} where business_date = ${day}::date`);
      await tx.run(sql`
        insert into ${raw(table.name)} (${table.columns}) select ${organizationId}::uuid, x.* from (${scan(range)}) x`);
    }
  });
}

async function scannedRange(db: Queryable, day: string): Promise<ScannedRange> {
  const branches = await sellingTermsOfAll(db);
  const branchIds = branches.map(({ branchId }) => branchId);
  return { branchId: null, branchIds, currency: branches[0]!.currency, days: [day] };
}

/** Forgets all stored days of an organization. */
export async function removeReportDays(services: Services, organizationId: string): Promise<void> {
  const ctx = systemContext(services, organizationId, { address: 'report-days' });
  await transact(ctx, (tx) => tx.run(sql`delete from report_days where part <> 'check'`));
}

/**
 * Compares stored days with their orders, totals and movements, and removes those that differ, so that they are computed and stored again.
 * @returns the differences, which are logged as an error, too.
 */
export async function checkReportDays(
  services: Services,
  organizationId: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<ReportDayDifference[]> {
  const ctx = systemContext(services, organizationId, { address: 'report-days' });
  const stored = await ctx.db.many<{ part: ReportPart; day: string }>(sql`
    select r.part, r.business_date::text as day from report_days r
    where r.part <> 'check' and r.business_date between ${from}::date and ${to}::date order by 2, 1`);
  const differences: ReportDayDifference[] = [];
  for (const { part, day } of stored) {
    const tables = await differingTables(ctx.db, part, day);
    if (tables.length === 0) continue;
    differences.push(...tables.map((table) => ({ table, day })));
    await transact(ctx, (tx) =>
      tx.run(sql`delete from report_days where part = ${part} and business_date = ${day}::date`),
    );
  }
  if (differences.length > 0)
    ctx.log.error({ organizationId, differences }, 'stored days of reports differ from their orders');
  return differences;
}

/** The tables of a part whose rows of a day differ. A day that changes meanwhile is no longer stored. */
async function differingTables(db: Queryable, part: ReportPart, day: string): Promise<string[]> {
  const range = await scannedRange(db, day);
  const differing: string[] = [];
  for (const { table, scan } of STORED_PARTS.find((stored) => stored.part === part)!.tables) {
    const { differs } = await db.one<{ differs: boolean }>(sql`
      with stored as (select t.* from ${raw(table.name)} t where t.business_date = ${day}::date),
        scanned as (select o.id as organization_id, x.* from organizations o, (${scan(range)}) x)
      select exists (select from report_days r where r.part = ${part} and r.business_date = ${day}::date)
        and exists ((table stored except table scanned) union all (table scanned except table stored)) as differs`);
    if (differs) differing.push(table.name);
  }
  return differing;
}
