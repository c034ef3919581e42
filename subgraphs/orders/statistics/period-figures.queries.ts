/** Figures of days, weeks and months, from the running totals of their business days (reports/day-totals.ts). */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import { netOf, SALE_SUMS, type SaleFigures } from '../reports/daily-figures.queries';
import type { PeriodUnit } from './periods.rules';

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

type Sums = SaleFigures & { start: string };

/** The condition on the business days `t` of branches. */
export const inDays = ({ branchIds, from, to }: DaysQuery): Sql =>
  sql`t.branch_id = any(${branchIds}::uuid[]) and t.business_date between ${from}::date and ${to}::date`;

/** Figures by the first day of their period; periods without orders are missing. Two statements at the same time. */
export async function periodFigures(
  db: Queryable,
  unit: PeriodUnit,
  query: DaysQuery,
): Promise<Map<string, PeriodFigures>> {
  const start = sql`date_trunc(${unit}, t.business_date::timestamp)::date::text`;
  const [sums, taxes] = await Promise.all([
    db.many<Sums>(sql`
      select ${start} as start, ${SALE_SUMS}
      from order_day_totals t where ${inDays(query)} group by 1`),
    db.many<{ start: string; tax: Decimal }>(sql`
      select ${start} as start, sum(t.tax) as tax from order_day_taxes t where ${inDays(query)} group by 1`),
  ]);
  const taxByStart = new Map(taxes.map((row) => [row.start, row.tax]));
  return new Map(
    sums.map(({ start: first, ...figures }) => [
      first,
      { ...figures, net: netOf(figures), tax: taxByStart.get(first) ?? ZERO },
    ]),
  );
}
