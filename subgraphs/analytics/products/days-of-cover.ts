/** For how many days the stock of a level lasts, by the sales of its branch. */
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { Decimal, ZERO } from '#kernel/decimal';
import { loader } from '#kernel/graph/loader';
import { addDays } from '#kernel/periods.rules';
import { levelsById } from '#subgraphs/inventory/index';
import { reportBranches } from '#subgraphs/orders/index';

/** Four weeks, so that each weekday counts alike. */
const SALES_DAYS = 28;
const PLACES = 1;

/** Days until nothing is available; null without sales, for unknown levels and for a warehouse without a branch. */
export async function daysOfCover(ctx: RequestContext, levelId: string): Promise<Decimal | null> {
  return (await loader(ctx, 'analytics.daysOfCover', (ids) => coverOf(ctx, ids)).load(levelId)) ?? null;
}

/** Two statements, and those for expired batches. */
async function coverOf(ctx: RequestContext, ids: readonly string[]): Promise<Map<string, Decimal>> {
  const levels = await levelsById(ctx.reports, ids, ctx.clock.now());
  const { today } = await reportBranches(ctx, null);
  const rows = await ctx.reports.many<{ branchId: string; variantId: string; sold: Decimal }>(sql`
    select t.branch_id, t.variant_id, sum(t.quantity) as sold from order_day_items t
    where t.branch_id = any(${[...new Set(levels.flatMap(({ branchId }) => branchId ?? []))]}::uuid[])
      and t.business_date between ${addDays(today, -SALES_DAYS)}::date and ${addDays(today, -1)}::date
      and t.variant_id = any(${levels.map(({ variantId }) => variantId)}::uuid[])
    group by 1, 2 having sum(t.quantity) > 0`);
  const soldOf = new Map(rows.map(({ branchId, variantId, sold }) => [`${branchId} ${variantId}`, sold]));
  return new Map(
    levels.flatMap(({ id, branchId, variantId, available }): [string, Decimal][] => {
      const sold = soldOf.get(`${branchId ?? ''} ${variantId}`);
      if (!sold) return [];
      const days = Decimal.max(available, ZERO).times(SALES_DAYS).dividedBy(sold);
      return [[id, days.toDecimalPlaces(PLACES)]];
    }),
  );
}
