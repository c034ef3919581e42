/** Figures of a branch's business day, computed from the orders. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import type { TaxTotal } from '../pricing/pricing.rules';

/** The orders to count: of one branch's business day. */
export interface DayQuery {
  branchId: string;
  /** "YYYY-MM-DD" */
  date: string;
}

/** Figures of one hour, in the branch's time zone. */
export interface HourFigures {
  /** 0 to 23. */
  hour: number;
  sales: number;
  returns: number;
  /** Sales minus returns, with tax, without cash rounding. */
  net: Decimal;
}

/** Figures of a business day. Amounts include tax and exclude cash rounding. */
export interface DayFigures {
  sales: number;
  returns: number;
  /** Units sold, and units returned. */
  unitsSold: Decimal;
  unitsReturned: Decimal;
  /** Sales before any discount. */
  gross: Decimal;
  discounts: Decimal;
  refunds: Decimal;
  /** Returns that voided a sale of the same session, included in `returns` and `refunds`. */
  voidsCount: number;
  voids: Decimal;
  /** Gross − discounts − refunds. */
  net: Decimal;
  rounding: Decimal;
  /** Amount by which the payments exceed the totals (negative: fall below); null if they agree in every order. */
  paymentDifferences: Decimal | null;
  /** Tips for the staff; not part of any other amount. */
  tips: Decimal;
  taxes: TaxTotal[];
  hours: HourFigures[];
}

/** Condition for orders that count in reports: drafts, pending and cancelled orders do not. */
export const COUNTED = sql`o.status not in ('draft', 'pending', 'cancelled')`;

function dayCondition(query: DayQuery): Sql {
  return sql`o.branch_id = ${query.branchId}::uuid and o.business_date = ${query.date}::date and ${COUNTED}`;
}

/** Subquery for the ids of a day's orders, for domains that store data per order. */
export function orderIdsOfDay(query: DayQuery): Sql {
  return sql`select o.id from orders o where ${dayCondition(query)}`;
}

/** Figures of a business day, in three statements. @param timeZone of the branch. */
export async function dayFigures(db: Queryable, query: DayQuery, timeZone: string): Promise<DayFigures> {
  const ofDay = dayCondition(query);
  const totals = await db.one<
    Omit<DayFigures, 'taxes' | 'hours' | 'net' | 'unitsSold' | 'unitsReturned'>
  >(sql`
    select count(*) filter (where o.kind = 'sale') as sales, count(*) filter (where o.kind = 'return') as returns,
      coalesce(sum(o.gross_total) filter (where o.kind = 'sale'), 0) as gross,
      coalesce(sum(o.gross_total - o.total + o.rounding) filter (where o.kind = 'sale'), 0) as discounts,
      coalesce(-sum(o.total - o.rounding) filter (where o.kind = 'return'), 0) as refunds,
      count(*) filter (where o.voids) as voids_count,
      coalesce(-sum(o.total - o.rounding) filter (where o.voids), 0) as voids,
      coalesce(sum(o.rounding), 0) as rounding, coalesce(sum(o.tip), 0) as tips,
      sum(o.payment_difference) as payment_differences
    from orders o where ${ofDay}`);
  const taxes = await db.many<TaxTotal & { sold: Decimal; returned: Decimal }>(sql`
    select l.tax_rate as rate, sum(l.net) as net, sum(l.tax) as tax,
      coalesce(sum(l.quantity) filter (where l.quantity > 0), 0) as sold,
      coalesce(-sum(l.quantity) filter (where l.quantity < 0), 0) as returned
    from orders o
    -- The offset keeps the planner from joining all lines ever sold: the lines of each order of the day are read by its id.
    cross join lateral (select x.tax_rate, x.net, x.tax, x.quantity from order_lines x where x.order_id = o.id offset 0) l
    where ${ofDay} group by l.tax_rate order by l.tax_rate`);
  const hours = await db.many<HourFigures>(sql`
    select extract(hour from o.created_at at time zone ${timeZone})::int as hour, count(*) filter (where o.kind = 'sale') as sales,
      count(*) filter (where o.kind = 'return') as returns, sum(o.total - o.rounding) as net
    from orders o where ${ofDay} group by 1 order by 1`);
  return {
    ...totals,
    net: totals.gross.minus(totals.discounts).minus(totals.refunds),
    unitsSold: taxes.reduce((units, tax) => units.plus(tax.sold), totals.gross.times(0)),
    unitsReturned: taxes.reduce((units, tax) => units.plus(tax.returned), totals.gross.times(0)),
    taxes: taxes.map(({ rate, net, tax }) => ({ rate, net, tax })),
    hours,
  };
}
