/** Numbers of customers by their scores: stored ones of a day, or from the running totals of customers. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { scoredCustomersUntil } from './rfm-scores.queries';
import type { RfmScores } from './rfm.rules';

/** Customers with equal scores. */
export interface ScoredCustomers extends RfmScores {
  readonly customers: number;
  readonly netSales: Decimal;
  /** Sum over the customers. */
  readonly recencyDays: number;
}

/** Rows (business_date, r, f, m, customers, net_sales, recency_days) of the customers who bought until the day. */
export const scoredCustomersOn = (day: string): Sql => sql`
  select ${day}::date as business_date, s.r, s.f, s.m, count(*)::int as customers, sum(s.net_sales) as net_sales,
    sum(s.recency_days) as recency_days
  from ${scoredCustomersUntil(day)} s group by 2, 3, 4`;

/** Customers who bought until the day, by their scores. One statement. */
export function scoredCustomers(db: Queryable, day: string): Promise<ScoredCustomers[]> {
  return db.many<ScoredCustomers>(sql`
    select s.r, s.f, s.m, s.customers, s.net_sales, s.recency_days from (${scoredCustomersOn(day)}) s order by 1, 2, 3`);
}

/** The same, if they are stored; empty otherwise. */
export function storedCustomers(db: Queryable, day: string): Promise<ScoredCustomers[]> {
  return db.many<ScoredCustomers>(sql`
    select s.r, s.f, s.m, s.customers, s.net_sales, s.recency_days
    from report_day_segments s
      join report_days r on r.organization_id = s.organization_id and r.part = 'segments' and r.business_date = s.business_date
    where s.business_date = ${day}::date and r.stored_at is not null order by 1, 2, 3`);
}
