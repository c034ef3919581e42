/** Sales of goods by business day, branch, channel and product, from stored sums of months, weeks and days. */
import { join, raw, sql, type Queryable, type Sql } from '#kernel/db/database';
import { dayBlocks, type DayBlocks, type StoredUnit } from '../report-days/day-blocks.rules';
import { openDays, type ScannedDays } from '../report-days/report-days.queries';

/** The amounts of goods, in the order of the stored tables. */
const AMOUNTS = ['quantity', 'net_sales', 'net', 'cost', 'uncosted_net'] as const;
const SUMS = raw(AMOUNTS.map((name) => `sum(t.${name}) as ${name}`).join(', '));

/** Rows (business_date, branch_id, channel, product_id, amounts …) from the running totals of tills. */
export const scannedItems = ({ branchIds, days }: ScannedDays): Sql => sql`
  select t.business_date, t.branch_id, t.channel, t.product_id, ${SUMS}
  from order_day_items t where t.branch_id = any(${branchIds}::uuid[]) and t.business_date = any(${days}::date[])
  group by 1, 2, 3, 4`;

/** Rows (branch_id, channel, product_id, amounts …) of a period whose days are all stored. */
export const summedItems = ({ from, to }: { readonly from: string; readonly to: string }): Sql => sql`
  select t.branch_id, t.channel, t.product_id, ${SUMS}
  from report_day_items t where t.business_date between ${from}::date and ${to}::date group by 1, 2, 3`;

/** The stored sums and open days of ranges within the last one's end. Two statements, whatever their number. */
export async function itemBlocks(
  db: Queryable,
  ranges: readonly { readonly from: string; readonly to: string }[],
): Promise<DayBlocks[]> {
  const all = { from: ranges[0]!.from, to: ranges.at(-1)!.to };
  const [open, periods] = await Promise.all([
    openDays(db, 'orders', all),
    db.many<{ unit: StoredUnit; day: string }>(sql`
      select r.part as unit, r.business_date::text as day from report_days r
      where r.part in ('week', 'month') and r.business_date between ${all.from}::date and ${all.to}::date order by 2`),
  ]);
  const firstDays = (unit: StoredUnit) =>
    periods.filter((period) => period.unit === unit).map(({ day }) => day);
  const stored = { week: firstDays('week'), month: firstDays('month') };
  return ranges.map((range) => dayBlocks(range, open, stored));
}

/** The goods to read. */
export interface ChosenItems {
  readonly branchIds: readonly string[];
  /** Condition on a row `t`. */
  readonly where?: Sql;
}

/** Rows with the chosen columns of `t`, several for a product: of the stored sums, and of the tills on open days. */
export function itemRows(
  { month, week, day, open }: DayBlocks,
  columns: Sql,
  { branchIds, where = sql`true` }: ChosenItems,
): Sql {
  const rowsOf = (table: string, days: readonly string[], of: Sql = sql`true`): Sql[] =>
    days.length === 0
      ? []
      : [
          sql`select ${columns} from ${raw(table)} t
            where ${of} and t.business_date = any(${days}::date[]) and t.branch_id = any(${branchIds}::uuid[]) and ${where}`,
        ];
  const parts = [
    ...rowsOf('report_period_items', month, sql`t.unit = 'month'`),
    ...rowsOf('report_period_items', week, sql`t.unit = 'week'`),
    ...rowsOf('report_day_items', day),
    ...rowsOf('order_day_items', open),
  ];
  // A range has a day, so there is a part.
  return join(parts, ' union all ');
}
