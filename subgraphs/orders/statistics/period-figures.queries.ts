/** Figures of days, weeks and months, from the running totals of their business days (reports/day-totals.ts). */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import type { PeriodUnit } from '#kernel/periods.rules';
import { SALE_SUMS, type SaleFigures } from '../reports/daily-figures.queries';
import { netOf } from '../reports/sales-figures.rules';

/** Business days of branches, both inclusive. */
export interface DaysQuery {
  readonly branchIds: readonly string[];
  /** "YYYY-MM-DD" */
  readonly from: string;
  readonly to: string;
}

/** Figures of a period, as defined for the daily report. Amounts include tax and exclude cash rounding. */
export interface PeriodFigures extends SaleFigures {
  /** Gross − discounts − refunds. */
  net: Decimal;
  /** Tax in the net. */
  tax: Decimal;
}

/** The figures of a period without orders. */
export const NO_FIGURES: PeriodFigures = {
  sales: 0,
  returns: 0,
  unitsSold: ZERO,
  unitsReturned: ZERO,
  gross: ZERO,
  discounts: ZERO,
  refunds: ZERO,
  net: ZERO,
  tax: ZERO,
};

/** The condition on the business days `t` of branches. */
export const inDays = ({ branchIds, from, to }: DaysQuery): Sql =>
  sql`t.branch_id = any(${branchIds}::uuid[]) and t.business_date between ${from}::date and ${to}::date`;

/** Figures by the first day of their period; periods without orders are missing. One statement. */
export async function periodFigures(
  db: Queryable,
  unit: PeriodUnit,
  query: DaysQuery,
): Promise<Map<string, PeriodFigures>> {
  const sums = await db.many<Omit<PeriodFigures, 'net'> & { start: string }>(sql`
    select date_trunc(${unit}, t.business_date::timestamp)::date::text as start, ${SALE_SUMS}, sum(t.tax) as tax
    from order_day_totals t where ${inDays(query)} group by 1`);
  return new Map(sums.map(({ start, ...figures }) => [start, { ...figures, net: netOf(figures) }]));
}
