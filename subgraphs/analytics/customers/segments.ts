/** Segments of customers by recency, frequency and money, from the running totals of customers. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { Decimal, ZERO, sum } from '#kernel/decimal';
import { reportBranches } from '#subgraphs/orders/index';
import type { RfmSegment } from '../inputs.generated';
import { scoredCustomersUntil } from './rfm-scores.queries';
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
  return db.many<ScoredCustomers>(sql`
    select s.r, s.f, s.m, count(*)::int as customers, sum(s.net_sales) as net_sales, sum(s.recency_days)::int as recency_days
    from ${scoredCustomersUntil(asOf)} s group by 1, 2, 3 order by 1, 2, 3`);
}
