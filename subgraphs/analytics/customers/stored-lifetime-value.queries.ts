/** Stored estimates of customers, of the last ended day. */
import { sql, type Queryable } from '#kernel/db/database';
import { MAX_STORED_AGE_DAYS } from '../report-days/report-days.queries';
import type { ReportLifetimeCustomerRow, ReportLifetimeValueRow } from '../tables.generated';
import type { CustomerFit } from './customer-fit';
import type { EstimatedCustomer, Horizon } from './estimate-customers';

/** The time ahead of stored estimates: a year, and a hundredth by month. */
export const STORED_HORIZON: Horizon = { months: 12, rate: 0.01 };

/** Models and estimates until a business day. */
export interface StoredLifetimeValue {
  readonly asOf: string;
  readonly fittedAt: Date;
  /** Customers who bought. */
  readonly customers: number;
  readonly fit: CustomerFit;
  /** Those with the highest value first. */
  readonly estimated: readonly EstimatedCustomer[];
}

type StoredRow = Pick<ReportLifetimeValueRow, 'businessDate' | 'fittedAt' | 'customers' | 'fit'> &
  Partial<Pick<ReportLifetimeCustomerRow, 'customerId' | 'purchases' | 'estimate'>>;

/**
 * One statement, so that all rows are of the same day.
 * @param size maximum number of customers; null for all that are stored.
 * @returns undefined if nothing is stored, or if it is older than a week.
 */
export async function storedLifetimeValue(
  db: Queryable,
  today: string,
  size: number | null,
): Promise<StoredLifetimeValue | undefined> {
  const rows = await db.many<StoredRow>(sql`
    select v.business_date::text as business_date, v.fitted_at, v.customers, v.fit, c.customer_id, c.purchases, c.estimate
    from report_lifetime_values v
      join report_days r on r.organization_id = v.organization_id and r.part = 'lifetime_value' and r.business_date = v.business_date
      left join (select t.* from report_lifetime_customers t order by t.position limit ${size}::int) c
        on c.organization_id = v.organization_id
    where r.stored_at is not null and v.business_date between ${today}::date - ${MAX_STORED_AGE_DAYS}::int and ${today}::date
    order by c.position`);
  const [first] = rows;
  if (!first) return undefined;
  const { businessDate, fittedAt, customers, fit } = first;
  const estimated = rows.flatMap(({ customerId, purchases, estimate }): EstimatedCustomer[] =>
    customerId && purchases && estimate ? [{ purchases: { customerId, ...purchases }, estimate }] : [],
  );
  return { asOf: businessDate, fittedAt, customers, fit, estimated };
}
