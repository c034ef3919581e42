/** Customers with their scores by recency, frequency and money, from the running totals of customers. */
import type { RequestContext } from '#kernel/context';
import { sql, type Sql } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { listPage, type Page } from '#kernel/paging';
import { reportBranches } from '#subgraphs/orders/index';
import type { QueryRfmScoresArgs, RfmSegment } from '../inputs.generated';
import { scoresOfSegment, type RfmScores } from './rfm.rules';

/** A customer who bought, with scores. */
export interface ScoredCustomer extends RfmScores {
  /** The customer, too: pages need it. */
  readonly id: string;
  readonly customerId: string;
  readonly lastPurchase: string;
  readonly recencyDays: number;
  readonly purchaseDays: number;
  readonly netSales: Decimal;
  readonly currency: string;
}

/**
 * Customers who bought, with their scores: r, f and m.
 * rank() − 1 is the number strictly below; whole numbers, because a share times five is not exact.
 */
export function scoredCustomersUntil(asOf: string): Sql {
  return sql`(
    select customer_id, last::text as last_purchase, (${asOf}::date - last)::int as recency_days, days::int as purchase_days, money as net_sales,
      (1 + 5 * older / total)::int as r, (1 + 5 * rarer / total)::int as f, (1 + 5 * smaller / total)::int as m
    from (
      select customer_id, last, days, money, rank() over (order by last) - 1 as older, rank() over (order by days) - 1 as rarer,
        rank() over (order by money) - 1 as smaller, count(*) over () as total
      from (
        select t.customer_id, max(t.business_date) filter (where t.sales > 0) as last,
          count(distinct t.business_date) filter (where t.sales > 0) as days, sum(t.net + t.tax) as money
        from order_day_customers t where t.business_date <= ${asOf}::date group by 1
      ) bought where last is not null
    ) ranked
  )`;
}

/** A page of customers with their scores, those with the highest net sales first. */
export async function rfmScores(
  ctx: RequestContext,
  { asOf, segment, ...args }: QueryRfmScoresArgs,
): Promise<Page<ScoredCustomer>> {
  const { branches, today } = await reportBranches(ctx, null);
  const { currency } = branches[0]!;
  return listPage<ScoredCustomer>(
    ctx.reports,
    {
      select: sql`s.*, s.customer_id as id, ${currency}::text as currency`,
      from: sql`${scoredCustomersUntil(asOf ?? today)} s`,
      where: segment == null ? [] : [ofSegment(segment)],
      sorts: {
        netSales: sql`s.net_sales`,
        recencyDays: sql`s.recency_days`,
        purchaseDays: sql`s.purchase_days`,
      },
      defaultSort: '-netSales',
      id: sql`s.customer_id`,
    },
    args,
  );
}

function ofSegment(segment: RfmSegment): Sql {
  return sql`100 * s.r + 10 * s.f + s.m = any(${scoresOfSegment(segment).map(({ r, f, m }) => 100 * r + 10 * f + m)}::int[])`;
}
