/** Business days whose figures are stored, and those that reports must compute themselves. */
import { raw, sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import type { ReportDayRow } from '../tables.generated';
import type { StoredUnit } from './day-blocks.rules';

/** Figures that are stored and removed together. */
export type ReportPart = Exclude<ReportDayRow['part'], 'check' | StoredUnit>;

/** Parts of all customers until a day. Each day reads all of their purchases, so that only the last ended day is stored. */
export const LAST_DAY_PARTS = ['segments', 'lifetime_value'] as const satisfies readonly ReportPart[];
export type LastDayPart = (typeof LAST_DAY_PARTS)[number];

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

type Totals = 'order_day_totals' | 'order_day_customers';
type Edge = 'min' | 'max';

const directionOf = (edge: Edge): Sql => raw(edge === 'min' ? 'asc' : 'desc');

/** The first or last day of running totals of a table at any branch. Row-level security leaves one organization. */
const edgeOf = (table: Totals, edge: Edge): Sql => sql`
  (select ${raw(edge)}(f.day) from branches b cross join lateral (
    select t.business_date as day from ${raw(table)} t where t.organization_id = b.organization_id and t.branch_id = b.id
    order by t.branch_id ${directionOf(edge)}, t.business_date ${directionOf(edge)} limit 1) f)`;

/** The first or last date in UTC of a movement of stock. */
const movedOn = (edge: Edge): Sql => sql`
  (select m.created_at::date from stock_movements m
    order by m.organization_id ${directionOf(edge)}, m.id ${directionOf(edge)} limit 1)`;

const OF_CUSTOMERS = sql`
  ${edgeOf('order_day_customers', 'min')} as first, ${edgeOf('order_day_customers', 'max')} as last`;

/** The first and last day that have something to store; null without one. The day of a movement may be the one before or after its date. */
const BOUNDS: Readonly<Record<ReportPart, Sql>> = {
  orders: sql`
    least(${edgeOf('order_day_totals', 'min')}, ${movedOn('min')} - 1) as first,
    greatest(${edgeOf('order_day_totals', 'max')}, ${movedOn('max')} + 1) as last`,
  customers: OF_CUSTOMERS,
  segments: OF_CUSTOMERS,
  lifetime_value: OF_CUSTOMERS,
};

/** Days after the last one that count as open: reports are often asked for up to the end of the present year. */
const DAYS_AFTER = 366;

/**
 * The days from one to another that are not stored, in order: as a rule, the present one and the two before. Days before the first one
 * and long after the last one have nothing to compute, so even "until 9999-12-31" is a short list.
 */
export async function openDays(
  db: Queryable,
  part: ReportPart,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<string[]> {
  const days = await db.many<{ day: string }>(sql`
    select d.day::date::text as day
    from (select ${BOUNDS[part]}) f
      cross join lateral generate_series(greatest(${from}::date, f.first), least(${to}::date, f.last + ${DAYS_AFTER}::int), interval '1 day') d (day)
    where f.first is not null and not exists (
      select from report_days r where r.part = ${part} and r.business_date = d.day::date and r.stored_at is not null) order by 1`);
  return days.map(({ day }) => day);
}

/** Maximum age of the stored figures of all customers, in days: without its worker, a shop gets those of the present day. */
export const MAX_STORED_AGE_DAYS = 7;

/** The last day of which the segments of customers are stored; undefined if that is more than a week ago. */
export async function lastDayOfSegments(db: Queryable, today: string): Promise<string | undefined> {
  const { day } = await db.one<{ day: string | null }>(sql`
    select max(r.business_date)::text as day from report_days r where r.part = 'segments' and r.stored_at is not null
      and r.business_date between ${today}::date - ${MAX_STORED_AGE_DAYS}::int and ${today}::date`);
  return day ?? undefined;
}

/** The mark of a day that is due; undefined without one. A day that is marked again has another one. */
export async function findMark(db: Queryable, part: ReportPart, day: string): Promise<string | undefined> {
  const marked = await db.maybeOne<{ mark: string }>(sql`
    select r.xmin::text as mark from report_days r where r.part = ${part} and r.business_date = ${day}::date and r.stored_at is null`);
  return marked?.mark;
}

/**
 * Notes a marked day as stored.
 * @param mark the mark that the day must have. Optional; defaults to any.
 * @returns false if the day has changed, and if another process has stored it.
 */
export async function storeMarked(
  tx: Transaction,
  part: ReportPart,
  day: string,
  mark?: string,
): Promise<boolean> {
  const isMarked = mark === undefined ? sql`true` : sql`r.xmin::text = ${mark}`;
  const stored = await tx.run(sql`
    update report_days r set stored_at = ${tx.now}
    where r.part = ${part} and r.business_date = ${day}::date and r.stored_at is null and ${isMarked}`);
  return stored > 0;
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
