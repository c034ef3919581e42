/** Products by their sales, and those whose sales changed, from stored sums of months, weeks and days. */
import { requireAccess } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { invalid, notFound } from '#kernel/errors';
import { checkedRange } from '#kernel/paging';
import type { RoundingMode } from '#kernel/money';
import { addDays, periodCount } from '#kernel/periods.rules';
import { categoriesBelow, productsById } from '#subgraphs/catalog/index';
import { changeInPercent, reportBranches, statsRange, type MarginAmounts } from '#subgraphs/orders/index';
import type { QueryTopProductsArgs, QueryTrendingProductsArgs, TopProductMeasure } from '../inputs.generated';
import { itemBlocks, itemRows } from './item-days.queries';
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

type ProductSums = Omit<TopProduct, 'rank' | 'name' | 'sku' | 'currency' | 'roundingMode'>;

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

const AMOUNTS = sql`t.product_id, t.quantity, t.net_sales, t.net, t.cost, t.uncosted_net`;

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
  checkedRange('size', size, MAX_SIZE);
  // The order of margins shows them.
  if (by === 'margin') requireAccess(ctx, ['costs:read']);
  const range = await statsRange(ctx, choice, (to) => addDays(to, 1 - DEFAULT_DAYS));
  if (periodCount('day', range.from, range.to) > MAX_DAYS)
    throw invalid('from', `The answer covers ${MAX_DAYS} days at most.`, 'TOO_LONG');
  const inCategory = await categoryCondition(ctx, categoryId);
  const [blocks] = await itemBlocks(ctx.reports, [range]);
  const ofChannel = channel == null ? sql`true` : sql`t.channel = ${channel}`;
  const [branchIds, measure] = [range.branchIds, MEASURES[by]];
  const inRange = { branchIds, where: sql`${ofChannel} and ${inCategory}` };
  // Ranked by the measure alone, and the other sums of the best products read by their ids: sums of all products are too many for the
  // memory of a statement.
  const best = await ctx.reports.many<{ productId: string }>(sql`
    select t.product_id from (${itemRows(blocks!, AMOUNTS, inRange)}) t
    group by t.product_id having ${measure} > 0
    order by ${measure} desc, sum(t.net) desc, t.product_id limit ${size}`);
  if (best.length === 0) return [];
  const ids = best.map(({ productId }) => productId);
  const ofBest = { branchIds, where: sql`${ofChannel} and t.product_id = any(${ids}::uuid[])` };
  const rows = await ctx.reports.many<ProductSums>(sql`
    select t.product_id, sum(t.quantity) as units, sum(t.net_sales) as net_sales, sum(t.net) as net, sum(t.cost) as cost,
      sum(t.uncosted_net) as uncosted_net
    from (${itemRows(blocks!, AMOUNTS, ofBest)}) t
    group by t.product_id order by array_position(${ids}::uuid[], t.product_id)`);
  const products = await productsById(ctx.reports, ids);
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
  checkedRange('size', size, MAX_SIZE);
  checkedRange('days', days, MAX_SIDE_DAYS);
  const { branches, today } = await reportBranches(ctx, branchId);
  const [first, from, to] = [addDays(today, -2 * days), addDays(today, -days), addDays(today, -1)];
  const [before, after] = await itemBlocks(ctx.reports, [
    { from: first, to: addDays(from, -1) },
    { from, to },
  ]);
  const goods = { branchIds: branches.map(({ branchId: id }) => id) };
  const changes = await ctx.reports.many<Change>(sql`
    select s.before, s.after, count(*)::int as products, (array_agg(s.product_id order by s.product_id))[1:${size}::int] as product_ids
    from (
      select t.product_id, coalesce(sum(t.quantity) filter (where not t.later), 0) as before,
        coalesce(sum(t.quantity) filter (where t.later), 0) as after
      from (
        ${itemRows(before!, sql`t.product_id, t.quantity, false as later`, goods)}
        union all ${itemRows(after!, sql`t.product_id, t.quantity, true as later`, goods)}
      ) t
      group by t.product_id
    ) s group by 1, 2`);
  const trends = surestChanges(changes, size);
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

/** Products with the same units on both sides. */
interface Change {
  readonly before: Decimal;
  readonly after: Decimal;
  /** Their number. */
  readonly products: number;
  /** The first of them by id. */
  readonly productIds: readonly string[];
}

type SureChange = Pick<ProductTrend, 'productId' | 'before' | 'after' | 'significant'> & {
  readonly probability: number;
};

/** The products whose change is the surest: of equals, the larger change first, then the older product. */
function surestChanges(changes: readonly Change[], size: number): SureChange[] {
  const probabilities = changes.map(({ before, after }) =>
    changeProbability(countOf(before), countOf(after)),
  );
  const significant = significantChanges(
    probabilities,
    changes.map(({ products }) => products),
  );
  const sorted = changes
    .map((change, index) => ({
      ...change,
      ...{ probability: probabilities[index]!, significant: significant[index]! },
    }))
    .sort((a, b) => a.probability - b.probability);
  // The probability that the last one of the answer has; others may have it, too.
  let counted = 0;
  const last = sorted.find(({ products }) => (counted += products) >= size)?.probability ?? 1;
  const candidates = sorted.filter(({ probability }) => probability <= last);
  return candidates
    .flatMap(({ productIds, before, after, probability, significant }) =>
      productIds.map((productId) => ({ productId, before, after, probability, significant })),
    )
    .sort(
      (a, b) =>
        a.probability - b.probability ||
        difference(b) - difference(a) ||
        (a.productId < b.productId ? -1 : 1),
    )
    .slice(0, size);
}

/** Whole units: goods by weight count to the nearest one, and more returns than sales count nothing. */
function countOf(units: Decimal): number {
  return Math.max(0, Math.round(units.toNumber()));
}

function difference({ before, after }: Pick<ProductTrend, 'before' | 'after'>): number {
  return after.minus(before).abs().toNumber();
}
