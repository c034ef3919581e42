/** Purchases of customers, for estimates of their value, from the running totals of customers. */
import { sql, type Queryable, type Sql } from '#kernel/db/database';

/** Purchases of one customer. Plain data: it is stored as JSON. */
export interface PurchaseHistory {
  /** Number of days with purchases after the first one. */
  readonly x: number;
  /** Days from the first to the last purchase, and to the present. */
  readonly recencyDays: number;
  readonly ageDays: number;
  readonly last: string;
  /** Average revenue of a day with purchases after the first one, without tax; null without one. */
  readonly mean: number | null;
  /** Average revenue of all days with purchases. */
  readonly meanOfAll: number;
}

export interface Purchases extends PurchaseHistory {
  readonly customerId: string;
}

/** The customers to estimate, and the number of all who bought. */
export interface Candidates {
  readonly candidates: readonly Purchases[];
  readonly customers: number;
}

/** Customers on whom a model is fitted at most: more make it slower, and not better. */
const SAMPLE = 20_000;
/** Customers whose value is estimated at most: those with the most revenue so far. */
export const MAX_CANDIDATES = 5_000;

/** Customers on whom to fit, chosen by a digest of their ids. */
export function sampleOfCustomers(db: Queryable, asOf: string): Promise<Purchases[]> {
  return db.many(sql`${purchasesUntil(asOf)} order by md5(customer_id::text) limit ${SAMPLE}`);
}

/** Customers to estimate, those with the most revenue, without erased ones; and the number of all customers who bought. */
export async function candidatesOf(db: Queryable, asOf: string): Promise<Candidates> {
  const [candidates, { customers }] = await Promise.all([
    db.many<Purchases>(sql`
      select b.* from (${purchasesUntil(asOf)} order by revenue desc, customer_id limit ${MAX_CANDIDATES}) b
      where not exists (select from customers c where c.id = b.customer_id and c.erased_at is not null)`),
    db.one<{ customers: number }>(sql`
      select count(distinct t.customer_id)::int as customers from order_day_customers t
      where t.sales > 0 and t.business_date <= ${asOf}::date`),
  ]);
  return { candidates, customers };
}

/** Purchases of all customers. */
function purchasesUntil(asOf: string): Sql {
  return sql`
    with days as (
      select t.customer_id, t.business_date, sum(t.net) as value
      from order_day_customers t where t.business_date <= ${asOf}::date group by 1, 2 having sum(t.sales) > 0
    ), bought as (
      select customer_id, count(*)::int - 1 as x, max(business_date) - min(business_date) as recency_days,
        ${asOf}::date - min(business_date) as age_days, max(business_date)::text as last, sum(value) as revenue,
        (sum(value) - (array_agg(value order by business_date))[1]) / nullif(count(*) - 1, 0) as mean, avg(value) as mean_of_all
      from days group by 1
    )
    select customer_id, x, recency_days, age_days, last, mean::float8 as mean, mean_of_all::float8 as mean_of_all
    from bought`;
}
