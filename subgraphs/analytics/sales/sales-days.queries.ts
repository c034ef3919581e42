/** Sums of sales by business day, branch and channel. */
import { raw, sql, type Sql } from '#kernel/db/database';
import {
  coveredRows,
  storedIn,
  type CoveredDays,
  type ScannedDays,
} from '../report-days/report-days.queries';

/** The amounts of a stored day, in the order of its table. */
const AMOUNTS = [
  ...['sales', 'returns', 'units_sold', 'units_returned', 'gross', 'discounts', 'refunds'],
  ...['net', 'tax', 'cost', 'uncosted_net', 'shipping'],
] as const;

/** Rows (business_date, branch_id, channel, amounts …) from the running totals of tills. */
export const scannedSales = ({ branchIds, days }: ScannedDays): Sql => sql`
  select t.business_date, t.branch_id, t.channel, ${raw(AMOUNTS.map((name) => `sum(t.${name}) as ${name}`).join(', '))}
  from order_day_totals t where t.branch_id = any(${branchIds}::uuid[]) and t.business_date = any(${days}::date[])
  group by 1, 2, 3`;

/** The same rows of the covered days. */
export const salesDays = (covered: CoveredDays): Sql =>
  coveredRows(
    covered,
    sql`select t.business_date, t.branch_id, t.channel, ${raw(AMOUNTS.map((name) => `t.${name}`).join(', '))}
      from report_day_sales t where ${storedIn(covered)}`,
    scannedSales,
  );
