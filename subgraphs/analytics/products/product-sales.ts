/** Products by their sales, and those whose sales changed, from the running totals of business days. */
import { requireAccess } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { invalid, notFound } from '#kernel/errors';
import type { RoundingMode } from '#kernel/money';
import { addDays, periodCount } from '#kernel/periods.rules';
import { categoriesBelow, productsById } from '#subgraphs/catalog/index';
import { changeInPercent, reportBranches, statsRange, type MarginAmounts } from '#subgraphs/orders/index';
import type { QueryTopProductsArgs, QueryTrendingProductsArgs, TopProductMeasure } from '../inputs.generated';
import { changeProbability, significantChanges } from './trend.rules';

/** A product with its sales minus its returns. */
export interface TopProduct extends MarginAmounts {
  readonly rank: number;
  readonly productId: string;
  readonly name: string;
  readonly sku: string | null;
  readonly units: Decimal;
  readonly netSales: Decimal;
  readonly currency: string;
  readonly roundingMode: RoundingMode;
}

/** A change in the sales of a product. */
export interface ProductTrend {
  readonly productId: string;
  readonly name: string;
  readonly sku: string | null;
  readonly before: Decimal;
  readonly after: Decimal;
  readonly change: Decimal | null;
  readonly pValue: Decimal;
  readonly significant: boolean;
  readonly from: string;
  readonly to: string;
}

const DEFAULT_DAYS = 30;
const MAX_DAYS = 366;
const MAX_SIDE_DAYS = 183;
const MAX_SIZE = 100;
const PROBABILITY_PLACES = 6;

const MEASURES: Readonly<Record<TopProductMeasure, Sql>> = {
  revenue: sql`sum(t.net)`,
  units: sql`sum(t.quantity)`,
  margin: sql`sum(t.net - t.uncosted_net - t.cost)`,
};

/**
 * The products with the most of a measure above zero. Of equals, the one with the higher revenue comes first, then the older one.
 * @throws PosProError 403 for margins without the permission to see costs; 404 for an unknown branch or category; 422 if the days end before they begin, for more than 366 days, and for a
 * size out of range.
 */
export async function topProducts(
  ctx: RequestContext,
  { by = 'revenue', size = 10, channel, categoryId, ...choice }: QueryTopProductsArgs,
): Promise<TopProduct[]> {
  assertSize(size);
  // The order of margins shows them.
  if (by === 'margin') requireAccess(ctx, ['costs:read']);
  const range = await statsRange(ctx, choice, (to) => addDays(to, 1 - DEFAULT_DAYS));
  if (periodCount('day', range.from, range.to) > MAX_DAYS)
    throw invalid('from', `The answer covers ${MAX_DAYS} days at most.`, 'TOO_LONG');
  const inCategory = await categoryCondition(ctx, categoryId);
  const measure = MEASURES[by];
  const rows = await ctx.reports.many<
    Omit<TopProduct, 'rank' | 'name' | 'sku' | 'currency' | 'roundingMode'>
  >(sql`
    select t.product_id, sum(t.quantity) as units, sum(t.net_sales) as net_sales, sum(t.net) as net, sum(t.cost) as cost,
      sum(t.uncosted_net) as uncosted_net
    from order_day_items t
    where t.branch_id = any(${range.branchIds}::uuid[]) and t.business_date between ${range.from}::date and ${range.to}::date
      and ${channel == null ? sql`true` : sql`t.channel = ${channel}`} and ${inCategory}
    group by t.product_id having ${measure} > 0
    order by ${measure} desc, sum(t.net) desc, t.product_id limit ${size}`);
  const products = await productsById(
    ctx.reports,
    rows.map(({ productId }) => productId),
  );
  const { currency, roundingMode } = range.terms;
  return rows.map((row, index) => {
    const { name, sku } = products.get(row.productId)!;
    return { ...row, rank: index + 1, name, sku, currency, roundingMode };
  });
}

async function categoryCondition(ctx: RequestContext, categoryId: string | null | undefined): Promise<Sql> {
  if (categoryId == null) return sql`true`;
  const ids = (await categoriesBelow(ctx.reports, [categoryId])).get(categoryId.toLowerCase());
  if (!ids) throw notFound('category', categoryId);
  return sql`t.product_id in (select p.id from products p where p.category_id = any(${ids}::uuid[]))`;
}

/**
 * The changes between the last days and as many days before, the surest first.
 * @throws PosProError 404 for an unknown branch; 422 for days or a size out of range.
 */
export async function trendingProducts(
  ctx: RequestContext,
  { branchId, days = 28, size = 20 }: QueryTrendingProductsArgs,
): Promise<ProductTrend[]> {
  assertSize(size);
  if (days < 1 || days > MAX_SIDE_DAYS)
    throw invalid('days', `days must be a whole number from 1 to ${MAX_SIDE_DAYS}.`);
  const { branches, today } = await reportBranches(ctx, branchId);
  const [first, from, to] = [addDays(today, -2 * days), addDays(today, -days), addDays(today, -1)];
  const rows = await ctx.reports.many<Pick<ProductTrend, 'productId' | 'before' | 'after'>>(sql`
    select t.product_id, coalesce(sum(t.quantity) filter (where t.business_date < ${from}::date), 0) as before,
      coalesce(sum(t.quantity) filter (where t.business_date >= ${from}::date), 0) as after
    from order_day_items t
    where t.branch_id = any(${branches.map((branch) => branch.branchId)}::uuid[])
      and t.business_date between ${first}::date and ${to}::date
    group by t.product_id`);
  const probabilities = rows.map(({ before, after }) => changeProbability(countOf(before), countOf(after)));
  const significant = significantChanges(probabilities);
  const trends = rows
    .map((row, index) => ({ ...row, probability: probabilities[index]!, significant: significant[index]! }))
    .sort(
      (a, b) =>
        a.probability - b.probability ||
        difference(b) - difference(a) ||
        (a.productId < b.productId ? -1 : 1),
    )
    .slice(0, size);
  const products = await productsById(
    ctx.reports,
    trends.map(({ productId }) => productId),
  );
  return trends.map(({ probability, ...trend }) => {
    const { name, sku } = products.get(trend.productId)!;
    const pValue = new Decimal(probability).toDecimalPlaces(PROBABILITY_PLACES);
    return { ...trend, name, sku, change: changeInPercent(trend.after, trend.before), pValue, from, to };
  });
}

/** Whole units: goods by weight count to the nearest one, and more returns than sales count nothing. */
function countOf(units: Decimal): number {
  return Math.max(0, Math.round(units.toNumber()));
}

function difference({ before, after }: Pick<ProductTrend, 'before' | 'after'>): number {
  return after.minus(before).abs().toNumber();
}

function assertSize(size: number): void {
  if (size < 1 || size > MAX_SIZE)
    throw invalid('size', `size must be a whole number from 1 to ${MAX_SIZE}.`);
}
