/** Stores the figures of ended business days, so that reports read a few rows whatever the days have sold; and compares them with the scan. */
import { setTimeout as sleep } from 'node:timers/promises';
import { organizationOf } from '#kernel/auth/access';
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { raw, sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { addDays } from '#kernel/periods.rules';
import { sellingTermsOfAll } from '#subgraphs/auth/index';
import type { ScannedRange } from '../finance/profit-loss/day-figures.queries';
import { reportDays, reportLifetimeCustomers } from '../tables.generated';
import { STORED_UNITS } from './day-blocks.rules';
import { LAST_DAY_PARTS, openDays, storeMarked, type ReportPart } from './report-days.queries';
import { lifetimeValueDiffers, readAtLength, storeLifetimeValue, storeSegments } from './store-customers';
import { differingPeriods, removeReportPeriods, storeReportPeriods } from './store-report-periods';
import { SEGMENTS, STORED_PARTS, type StoredPart } from './stored-tables';

/** A day has ended in every time zone two days after it. */
const ENDED_DAYS = 2;
const FIRST_DAY = '0001-01-01';
const PAUSE_MS = 20;
const MAX_WAIT_MS = 5_000;

/** A stored day whose figures differ from its orders and movements. */
export interface ReportDayDifference {
  readonly table: string;
  readonly day: string;
}

/**
 * Stores all ended days of an organization that are not stored, and the weeks and months of which all days are. Days that are due are marked
 * first, and computed when all transactions have ended that may not see the marks: each later change removes the mark of its day, and a day
 * without its mark is not stored. So no till waits, and no change is missed.
 * @returns their number; the parts of a day count by themselves. Days of which a change is still to be committed are left for the next time.
 */
export async function storeReportDays(services: Services, organizationId: string): Promise<number> {
  const ctx = systemContext(services, organizationId, { address: 'report-days' });
  const due = await markDueDays(ctx);
  if (due.length > 0 && !(await earlierChangesEnded(ctx))) return 0;
  let stored = 0;
  for (const { part, day } of due) {
    if (await STORE[part](ctx, day)) stored += 1;
  }
  return stored + (await storeReportPeriods(ctx));
}

/** @returns whether the day was marked and is stored. */
const STORE: Readonly<Record<ReportPart, (ctx: RequestContext, day: string) => Promise<boolean>>> = {
  orders: (ctx, day) => storeDay(ctx, 'orders', day),
  customers: (ctx, day) => storeDay(ctx, 'customers', day),
  segments: storeSegments,
  lifetime_value: storeLifetimeValue,
};

interface DueDay {
  readonly part: ReportPart;
  readonly day: string;
}

/** Marks the days to store. */
async function markDueDays(ctx: RequestContext): Promise<DueDay[]> {
  const to = lastEndedDay(ctx);
  const due: DueDay[] = [];
  const ranges = [
    ...STORED_PARTS.map(({ part }) => ({ part, from: FIRST_DAY })),
    ...LAST_DAY_PARTS.map((part) => ({ part, from: to })),
  ];
  for (const { part, from } of ranges)
    due.push(...(await openDays(ctx.db, part, { from, to })).map((day) => ({ part, day })));
  if (due.length === 0) return due;
  const organizationId = organizationOf(ctx);
  const rows = due.map(({ part, day }) => ({ organizationId, part, businessDate: day, storedAt: null }));
  await transact(ctx, (tx) => tx.run(sql`${reportDays.insertMany(rows)} on conflict do nothing`));
  return due;
}

/** Waits until all changes are committed that began before. @returns false if one takes longer. */
async function earlierChangesEnded(ctx: RequestContext): Promise<boolean> {
  // In a transaction of its own, after the marks were committed: whatever has a lower number may not have seen them.
  const { mark } = await transact(ctx, (tx) =>
    tx.one<{ mark: string }>(sql`select pg_current_xact_id()::text as mark`),
  );
  for (let waited = 0; waited <= MAX_WAIT_MS; waited += PAUSE_MS) {
    const { ended } = await ctx.db.one<{ ended: boolean }>(
      sql`select pospro_outbox_horizon() > ${mark}::xid8 as ended`,
    );
    if (ended) return true;
    await sleep(PAUSE_MS);
  }
  return false;
}

/** The last day that has ended everywhere, and to which no movement of stock is added. */
function lastEndedDay({ clock }: Pick<RequestContext, 'clock'>): string {
  return addDays(clock.now().toISOString().slice(0, FIRST_DAY.length), -ENDED_DAYS);
}

/**
 * Stores one marked day. A transaction that changes the day meanwhile waits for some milliseconds, and removes it then.
 * @returns false if the day has changed, and if another process has stored it.
 */
async function storeDay(ctx: RequestContext, part: StoredPart['part'], day: string): Promise<boolean> {
  const organizationId = organizationOf(ctx);
  return transact(ctx, async (tx) => {
    if (!(await storeMarked(tx, part, day))) return false;
    if (part === 'orders') await removeReportPeriods(tx, day);
    const range = await scannedRange(tx, day);
    for (const { table, scan } of tablesOf(part)) {
      await tx.run(sql`delete from ${raw(table.name)} where business_date = ${day}::date`);
      await tx.run(sql`
        insert into ${raw(table.name)} (${table.columns}) select ${organizationId}::uuid, x.* from (${scan(range)}) x`);
    }
    return true;
  });
}

function tablesOf(part: StoredPart['part']): StoredPart['tables'] {
  return STORED_PARTS.find((stored) => stored.part === part)!.tables;
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
    where r.part <> all(${['check', ...STORED_UNITS]}::text[]) and r.stored_at is not null and r.business_date between ${from}::date and ${to}::date
      -- Each day reads all purchases until then.
      and (r.part <> all(${LAST_DAY_PARTS}::text[]) or r.business_date = (
        select max(x.business_date) from report_days x where x.part = r.part and x.stored_at is not null))
    order by 2, 1`);
  const differences: ReportDayDifference[] = [];
  for (const { part, day } of stored) {
    const tables = await readAtLength(ctx, (db) => differingTables(db, part, day));
    if (tables.length === 0) continue;
    differences.push(...tables.map((table) => ({ table, day })));
    await transact(ctx, (tx) =>
      tx.run(sql`delete from report_days where part = ${part} and business_date = ${day}::date`),
    );
  }
  for (const { unit, first } of await differingPeriods(ctx.db, { from, to })) {
    differences.push({ table: 'report_period_items', day: first });
    await transact(ctx, (tx) =>
      tx.run(sql`delete from report_days where part = ${unit} and business_date = ${first}::date`),
    );
  }
  if (differences.length > 0)
    ctx.log.error({ organizationId, differences }, 'stored days of reports differ from their orders');
  return differences;
}

/** The tables of a part whose rows of a day differ. A day that changes meanwhile is no longer stored. */
async function differingTables(db: Queryable, part: ReportPart, day: string): Promise<string[]> {
  if (part === 'lifetime_value')
    return (await lifetimeValueDiffers(db, day)) ? [reportLifetimeCustomers.name] : [];
  const range = await scannedRange(db, day);
  const differing: string[] = [];
  for (const { table, scan } of part === 'segments' ? [SEGMENTS] : tablesOf(part)) {
    const { differs } = await db.one<{ differs: boolean }>(sql`
      with stored as (select t.* from ${raw(table.name)} t where t.business_date = ${day}::date),
        scanned as (select o.id as organization_id, x.* from organizations o, (${scan(range)}) x)
      select exists (select from report_days r where r.part = ${part} and r.business_date = ${day}::date and r.stored_at is not null)
        and exists ((table stored except table scanned) union all (table scanned except table stored)) as differs`);
    if (differs) differing.push(table.name);
  }
  return differing;
}
