/** The products that sold best, from the running totals of business days. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { checkedRange } from '#kernel/paging';
import { periodCount, periodOf, shiftPeriod } from '#kernel/periods.rules';
import { productsById } from '#subgraphs/catalog/index';
import type { BestSellerMeasure, QueryBestSellersArgs } from '../inputs.generated';
import { statsRange } from './order-stats';
import { inDays, type DaysQuery } from './period-figures.queries';

/** A product with its sales minus its returns. */
export interface BestSeller {
  /** From 1. */
  readonly rank: number;
  readonly productId: string;
  readonly name: string;
  readonly sku: string | null;
  readonly quantity: Decimal;
  readonly netSales: Decimal;
  readonly currency: string;
}

const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;
const DEFAULT_SIZE = 10;
const MAX_SIZE = 100;

/**
 * The best sellers of business days. Equals are in the order of the other measure, and then of the product's id.
 * @throws PosProError 404 for an unknown branch; 422 if the days end before they begin, for more than 366 days, and for a size out of range.
 */
export async function bestSellers(
  ctx: RequestContext,
  { by = 'quantity', size = DEFAULT_SIZE, ...choice }: QueryBestSellersArgs,
): Promise<BestSeller[]> {
  checkedRange('size', size, MAX_SIZE);
  const range = await statsRange(
    ctx,
    choice,
    (to) => shiftPeriod('day', periodOf('day', to), 1 - DEFAULT_DAYS).from,
  );
  if (periodCount('day', range.from, range.to) > MAX_DAYS)
    throw invalid('from', `The answer covers ${MAX_DAYS} days at most.`, 'TOO_LONG');
  const sums = await productSums(ctx.reports, range, { by, size });
  const products = await productsById(
    ctx.reports,
    sums.map(({ productId }) => productId),
  );
  return sums.map((row, index) => {
    const { name, sku } = products.get(row.productId)!;
    return { ...row, rank: index + 1, name, sku, currency: range.terms.currency };
  });
}

/** Products whose sales exceed their returns, the best first. One statement. */
async function productSums(
  db: Queryable,
  days: DaysQuery,
  { by, size }: { by: BestSellerMeasure; size: number },
): Promise<Pick<BestSeller, 'productId' | 'quantity' | 'netSales'>[]> {
  const [measure, other] =
    by === 'quantity'
      ? [sql`sum(t.quantity)`, sql`sum(t.net_sales)`]
      : [sql`sum(t.net_sales)`, sql`sum(t.quantity)`];
  return db.many(sql`
    select t.product_id, sum(t.quantity) as quantity, sum(t.net_sales) as net_sales
    from order_day_items t where ${inDays(days)} group by t.product_id having ${measure} > 0
    order by ${measure} desc, ${other} desc, t.product_id limit ${size}`);
}
