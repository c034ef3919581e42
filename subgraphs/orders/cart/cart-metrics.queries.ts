import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { periodOf, shiftPeriod } from '#kernel/periods.rules';
import type { QueryCartMetricsArgs } from '../inputs.generated';
import { statsRange } from '../statistics/order-stats';
import { storefrontSettings } from '../storefront/storefront-settings';
import { cartRates, type CartCounts, type CartRates } from './cart-metrics.rules';

/** Days of the answer by default. */
const DAYS = 30;

/** The carts of a range of days. */
export interface CartMetrics extends CartCounts, CartRates {
  from: string;
  to: string;
}

/**
 * Counts the carts that were opened in a range of days of their branch.
 * @throws PosProError 404 for an unknown branch; 422 if the days end before they begin.
 */
export async function cartMetrics(ctx: RequestContext, choice: QueryCartMetricsArgs): Promise<CartMetrics> {
  const { branchIds, from, to } = await statsRange(
    ctx,
    choice,
    (last) => shiftPeriod('day', periodOf('day', last), 1 - DAYS).from,
  );
  const activeSince = await abandonedBefore(ctx);
  const channel = choice.channel == null ? sql`true` : sql`c.channel = ${choice.channel}`;
  // The first condition reads the range from the index; no time zone is further than a day away.
  const counts = await ctx.reports.one<CartCounts>(sql`
    select count(*)::int as carts_count,
      count(*) filter (where c.status = 'checked_out')::int as orders_count,
      count(*) filter (where c.status = 'open' and c.updated_at > ${activeSince}::timestamptz)::int as active_carts_count
    from carts c join branches b on b.id = c.branch_id
    where c.created_at >= ${from}::date - 1 and c.created_at < ${to}::date + 2
      and (c.created_at at time zone b.time_zone)::date between ${from}::date and ${to}::date
      and c.branch_id = any(${branchIds}::uuid[]) and c.status <> 'merged' and c.items_count > 0 and ${channel}`);
  return { from, to, ...counts, ...cartRates(counts) };
}

const MINUTE_MS = 60_000;

/** The moment before which a cart was changed last if it counts as abandoned. */
export async function abandonedBefore({ db, clock }: Pick<RequestContext, 'db' | 'clock'>): Promise<Date> {
  const { abandonedAfterMinutes } = await storefrontSettings(db);
  return new Date(clock.now().getTime() - abandonedAfterMinutes * MINUTE_MS);
}
