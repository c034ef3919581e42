/** Stores sums of goods over weeks and months, so that a long report reads a row per product and period instead of one per product and day. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { periodOf } from '#kernel/periods.rules';
import { summedItems } from '../products/item-days.queries';
import { reportDays, reportPeriodItems } from '../tables.generated';
import { STORED_UNITS, type StoredUnit } from './day-blocks.rules';
import { openDays } from './report-days.queries';

/** A week or month by its first day. */
interface StoredPeriod {
  readonly unit: StoredUnit;
  readonly first: string;
}

/** Stores the weeks and months of which all days are stored. @returns their number. */
export async function storeReportPeriods(ctx: RequestContext): Promise<number> {
  const due = await ctx.db.many<StoredPeriod>(sql`
    select u.unit, p.first::text as first
    from unnest(${[...STORED_UNITS]}::text[]) u (unit) cross join lateral (
      select date_trunc(u.unit, r.business_date::timestamp)::date as first, count(*) as days
      from report_days r where r.part = 'orders' and r.stored_at is not null group by 1
    ) p
    where p.days = (p.first + ('1 ' || u.unit)::interval)::date - p.first
      and not exists (select from report_days r where r.part = u.unit and r.business_date = p.first)
    order by 1, 2`);
  let stored = 0;
  for (const period of due) if (await storePeriod(ctx, period)) stored += 1;
  return stored;
}

/** @returns false if a day has changed, and if another process has stored the period. */
async function storePeriod(ctx: RequestContext, { unit, first }: StoredPeriod): Promise<boolean> {
  const organizationId = organizationOf(ctx);
  const period = periodOf(unit, first);
  return transact(ctx, async (tx) => {
    const row = { organizationId, part: unit, businessDate: first, storedAt: tx.now };
    if ((await tx.run(sql`${reportDays.insert(row)} on conflict do nothing`)) === 0) return false;
    // A day that changes from here on is not stored again before this transaction ends, and that removes the period.
    if ((await openDays(tx, 'orders', period)).length > 0) {
      await tx.run(sql`delete from report_days where part = ${unit} and business_date = ${first}::date`);
      return false;
    }
    await tx.run(
      sql`delete from report_period_items where unit = ${unit} and business_date = ${first}::date`,
    );
    // In the order of the key, in which reports read them: otherwise each row is on another page than the one before.
    await tx.run(sql`
      insert into report_period_items (${reportPeriodItems.columns})
      select ${organizationId}::uuid, ${unit}, ${first}::date, x.* from (${summedItems(period)}) x
      order by x.branch_id, x.channel, x.product_id`);
    return true;
  });
}

/** Forgets the week and the month of a day. */
export async function removeReportPeriods(tx: Transaction, day: string): Promise<void> {
  await tx.run(sql`
    delete from report_days r where r.part = any(${[...STORED_UNITS]}::text[]) and r.business_date = date_trunc(r.part, ${day}::timestamp)::date`);
}

/** The stored weeks and months that begin in the days and differ from the sums of their days, and of which all days are stored. */
export async function differingPeriods(
  db: Queryable,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<StoredPeriod[]> {
  const periods = await db.many<StoredPeriod>(sql`
    select r.part as unit, r.business_date::text as first from report_days r
    where r.part = any(${[...STORED_UNITS]}::text[]) and r.business_date between ${from}::date and ${to}::date order by 2, 1`);
  const differing: StoredPeriod[] = [];
  for (const period of periods) {
    const range = periodOf(period.unit, period.first);
    if ((await openDays(db, 'orders', range)).length > 0) continue;
    const { differs } = await db.one<{ differs: boolean }>(sql`
      with stored as (
        select t.branch_id, t.channel, t.product_id, t.quantity, t.net_sales, t.net, t.cost, t.uncosted_net
        from report_period_items t where t.unit = ${period.unit} and t.business_date = ${period.first}::date
      ), summed as (${summedItems(range)})
      select exists ((table stored except table summed) union all (table summed except table stored)) as differs`);
    if (differs) differing.push(period);
  }
  return differing;
}
