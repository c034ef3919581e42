/** Segments of customers by recency, frequency and money, from the running totals of customers. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { reportBranches } from '#subgraphs/orders/index';
import type { RfmSegment } from '../inputs.generated';
import { RFM_DEFINITION, SEGMENTS, segmentOf, type RfmScores } from './rfm.rules';

/** Figures of one segment. */
export interface SegmentFigures {
  readonly name: RfmSegment;
  readonly rule: string;
  readonly customers: number;
  readonly share: Decimal;
  readonly netSales: Decimal;
  readonly netSalesShare: Decimal | null;
  readonly averageRecencyDays: Decimal | null;
  readonly currency: string;
}

/** Segments of all customers. */
export interface SegmentReport {
  readonly asOf: string;
  readonly currency: string;
  readonly customers: number;
  readonly definition: string;
  readonly segments: SegmentFigures[];
}

/** Customers with equal scores. */
export interface ScoredCustomers extends RfmScores {
  readonly customers: number;
  readonly netSales: Decimal;
  /** Sum over the customers. */
  readonly recencyDays: number;
}

const SHARE_PLACES = 4;
const DAYS_PLACES = 1;

export async function customerSegments(
  ctx: RequestContext,
  { asOf: chosen }: { asOf?: string | null | undefined },
): Promise<SegmentReport> {
  const { branches, today } = await reportBranches(ctx, null);
  const asOf = chosen ?? today;
  const { currency } = branches[0]!;
  const scored = await scoredCustomers(ctx.reports, asOf);
  const customers = scored.reduce((count, group) => count + group.customers, 0);
  const netSales = sum(scored.map((group) => group.netSales));
  const segments = SEGMENTS.map(({ name, rule }) => {
    const groups = scored.filter((group) => segmentOf(group) === name);
    const count = groups.reduce((counted, group) => counted + group.customers, 0);
    const amount = sum(groups.map((group) => group.netSales));
    const days = groups.reduce((total, group) => total + group.recencyDays, 0);
    return {
      ...{ name, rule, customers: count, netSales: amount, currency },
      share: shareOf(new Decimal(count), new Decimal(customers)) ?? ZERO,
      netSalesShare: shareOf(amount, netSales),
      averageRecencyDays:
        count === 0 ? null : new Decimal(days).dividedBy(count).toDecimalPlaces(DAYS_PLACES),
    };
  });
  return { asOf, currency, customers, definition: RFM_DEFINITION, segments };
}

/** A part of a whole, four decimal places; null of a whole that is not above zero. */
export function shareOf(part: Decimal, whole: Decimal): Decimal | null {
  return whole.greaterThan(ZERO) ? part.dividedBy(whole).toDecimalPlaces(SHARE_PLACES) : null;
}

/** Customers who bought, by their scores. One statement. */
export function scoredCustomers(db: Queryable, asOf: string): Promise<ScoredCustomers[]> {
  // rank() − 1 is the number strictly below; whole numbers, because a share times five is not exact.
  return db.many<ScoredCustomers>(sql`
    with bought as (
      select t.customer_id, max(t.business_date) filter (where t.sales > 0) as last,
        count(distinct t.business_date) filter (where t.sales > 0) as days, sum(t.net + t.tax) as money
      from order_day_customers t where t.business_date <= ${asOf}::date group by 1
    ), ranked as (
      select ${asOf}::date - last as recency, money, rank() over (order by last) - 1 as older, rank() over (order by days) - 1 as rarer,
        rank() over (order by money) - 1 as smaller, count(*) over () as total
      from bought where last is not null
    )
    select (1 + 5 * older / total)::int as r, (1 + 5 * rarer / total)::int as f, (1 + 5 * smaller / total)::int as m,
      count(*)::int as customers, sum(money) as net_sales, sum(recency)::int as recency_days
    from ranked group by 1, 2, 3 order by 1, 2, 3`);
}
