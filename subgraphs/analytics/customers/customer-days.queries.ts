/** Purchases of customers by business day, so that customers of a period are counted without reading each of them. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import type { PeriodUnit } from '#kernel/periods.rules';
import { coveredRows, storedIn, storedOn, type CoveredDays } from '../report-days/report-days.queries';

/** The previous purchase of a first one. */
const NEVER = sql`'0001-01-01'::date`;

/** Customers `b` who bought on the days, at any branch. */
const buyersOn = (days: readonly string[]): Sql => sql`
  (select distinct t.customer_id, t.business_date from order_day_customers t
    where t.branch_id in (select b.id from branches b) and t.business_date = any(${days}::date[]) and t.sales > 0) b`;

/** All days of purchases `x` of the customer `b`. */
const purchasesOf = sql`order_day_customers x where x.customer_id = b.customer_id and x.sales > 0`;

/**
 * Rows (business_date, unit, cohort, previous, customers) of purchases that are their customer's first one in its period. The customers of a
 * period are the sum over its days; those of several periods are the sum over all days of those whose purchase before was earlier.
 */
export const scannedCustomers = (units: readonly PeriodUnit[], days: readonly string[]): Sql => sql`
  select k.business_date, u.unit, date_trunc(u.unit, (case u.unit when 'day' then k.business_date else k.first end)::timestamp)::date as cohort,
    coalesce(date_trunc(u.unit, k.previous::timestamp)::date, ${NEVER}) as previous, count(*)::int as customers
  from (
    select b.customer_id, b.business_date, (select min(x.business_date) from ${purchasesOf}) as first,
      (select max(x.business_date) from ${purchasesOf} and x.business_date < b.business_date) as previous
    from ${buyersOn(days)}
  ) k cross join unnest(${units}::text[]) u (unit)
  where k.previous is null or k.previous < date_trunc(u.unit, k.business_date::timestamp)
  group by 1, 2, 3, 4`;

/** The same rows of the covered days and one unit. */
export const customerDays = (unit: PeriodUnit, covered: Omit<CoveredDays, 'branchIds'>): Sql =>
  coveredRows(
    { branchIds: [], ...covered },
    sql`select t.business_date, t.unit, t.cohort, t.previous, t.customers from report_day_customers t
      where t.unit = ${unit} and ${storedOn(covered)}`,
    ({ days }) => scannedCustomers([unit], days),
  );

/** Rows (business_date, branch_id, channel, customers) of first purchases ever. Of several on one day, the first channel and branch count. */
export const scannedNewcomers = (days: readonly string[]): Sql => sql`
  select f.business_date, f.branch_id, f.channel, count(*)::int as customers
  from (
    select distinct on (t.customer_id) t.business_date, t.branch_id, t.channel
    from order_day_customers t
    where t.branch_id in (select b.id from branches b) and t.business_date = any(${days}::date[]) and t.sales > 0
      -- As a value, an earlier purchase is looked up for each customer of the days; as \`not exists\`, the purchases of all customers are read.
      and (
        select true from order_day_customers x where x.organization_id = t.organization_id and x.customer_id = t.customer_id and x.sales > 0
          and x.business_date < t.business_date limit 1
      ) is null
    order by t.customer_id, t.business_date, t.channel, t.branch_id
  ) f
  group by 1, 2, 3`;

/** The same rows of the covered days. */
export const newcomerDays = (covered: CoveredDays): Sql =>
  coveredRows(
    covered,
    sql`select t.business_date, t.branch_id, t.channel, t.customers from report_day_newcomers t where ${storedIn(covered)}`,
    ({ days }) => scannedNewcomers(days),
  );

/** Customers who bought at any branch, by the first day of their period, and under `total` on all days; `from` begins a period. */
export async function customersByPeriod(
  db: Queryable,
  unit: PeriodUnit,
  covered: Omit<CoveredDays, 'branchIds'>,
): Promise<Map<string, number>> {
  const rows = await db.many<{ start: string; customers: number; newOnes: number }>(sql`
    select date_trunc(${unit}, c.business_date::timestamp)::date::text as start, sum(c.customers)::int as customers,
      coalesce(sum(c.customers) filter (where c.previous < ${covered.from}::date), 0)::int as new_ones
    from (${customerDays(unit, covered)}) c group by 1`);
  const total = rows.reduce((count, { newOnes }) => count + newOnes, 0);
  return new Map([['total', total], ...rows.map(({ start, customers }) => [start, customers] as const)]);
}
