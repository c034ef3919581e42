/** Business days whose figures are stored, and those that reports must compute themselves. */
import { raw, sql, type Queryable, type Sql } from '#kernel/db/database';
import type { ReportDayRow } from '../tables.generated';

/** Figures that are stored and removed together. */
export type ReportPart = Exclude<ReportDayRow['part'], 'check'>;

/** The days of branches that a statement computes itself. */
export interface ScannedDays {
  readonly branchIds: readonly string[];
  /** "YYYY-MM-DD", in order. */
  readonly days: readonly string[];
}

/** The days of branches that a report covers. */
export interface CoveredDays {
  readonly branchIds: readonly string[];
  /** "YYYY-MM-DD", both inclusive. */
  readonly from: string;
  readonly to: string;
  /** Those of them that are not stored, in order. */
  readonly openDays: readonly string[];
}

/** The first day `first` of running totals of a table at any branch. Row-level security leaves one organization. */
const firstOf = (table: 'order_day_totals' | 'order_day_customers'): Sql => sql`
  (select min(f.first) from branches b cross join lateral (
    select t.business_date as first from ${raw(table)} t where t.organization_id = b.organization_id and t.branch_id = b.id
    order by t.branch_id, t.business_date limit 1) f)`;

/** The first day that has something to store; null without one. The day of a movement may be that before its date in UTC. */
const FIRST_DAYS: Readonly<Record<ReportPart, Sql>> = {
  orders: sql`
    least(${firstOf('order_day_totals')},
      (select m.created_at::date - 1 from stock_movements m order by m.organization_id, m.id limit 1))`,
  customers: firstOf('order_day_customers'),
};

/**
 * The days from one to another that are not stored, in order: as a rule, the present one and the two before. Days before the first one
 * have nothing to compute.
 */
export async function openDays(
  db: Queryable,
  part: ReportPart,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string[]> {
  const days = await db.many<{ day: string }>(sql`
    select d.day::date::text as day
    from (select ${FIRST_DAYS[part]} as day) f
      cross join lateral generate_series(greatest(${from}::date, f.day), ${to}::date, interval '1 day') d (day)
    where f.day is not null and not exists (select from report_days r where r.part = ${part} and r.business_date = d.day::date) order by 1`);
  return days.map(({ day }) => day);
}

/** The condition on a stored row `t` of the covered days. Rows of a day that was removed stay until the day is stored again. */
export const storedIn = ({ branchIds, from, to, openDays: open }: CoveredDays): Sql => sql`
  ${storedOn({ from, to, openDays: open })} and t.branch_id = any(${branchIds}::uuid[])`;

/** The same for rows of all branches together. */
export const storedOn = ({ from, to, openDays: open }: Omit<CoveredDays, 'branchIds'>): Sql => sql`
  t.business_date between ${from}::date and ${to}::date and t.business_date <> all(${open}::date[])`;

/** Rows of the covered days: the stored ones, and those of the other days as they are computed. */
export function coveredRows<Covered extends CoveredDays>(
  covered: Covered,
  stored: Sql,
  scan: (days: Covered & ScannedDays) => Sql,
): Sql {
  const { openDays: days } = covered;
  return days.length === 0 ? stored : sql`${stored} union all ${scan({ ...covered, days })}`;
}
