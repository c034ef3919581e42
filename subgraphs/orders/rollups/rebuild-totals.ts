/** Computes the running totals of business days again from the orders, for example after rows were changed past the API. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { raw, sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { SCANNED_TOTALS } from './totals-scan.queries';

/** The business days of an organization that have orders or running totals, in order. */
export async function daysWithTotals(db: Queryable, organizationId: string): Promise<string[]> {
  const days = await db.many<{ day: string }>(sql`
    select business_date::text as day from orders where organization_id = ${organizationId}::uuid and sold_at is not null
    union select business_date::text from order_day_totals where organization_id = ${organizationId}::uuid
    order by 1`);
  return days.map(({ day }) => day);
}

/**
 * Computes the totals of business days again, each day in a transaction of its own. Tills wait while a day is computed, which takes some
 * milliseconds: an order that they insert meanwhile would be counted twice or not at all.
 *
 * Totals of payments and of tax rates are left alone: tax that a gift card had paid before is not stored with an order.
 */
export async function rebuildTotals(ctx: RequestContext, days: readonly string[]): Promise<void> {
  const organizationId = organizationOf(ctx);
  for (const day of days)
    await transact(ctx, async (tx) => {
      await tx.run(
        sql`lock table order_day_totals, order_day_items, order_day_customers in share row exclusive mode`,
      );
      for (const { table, keys, sums, scan } of SCANNED_TOTALS) {
        await tx.run(sql`
          delete from ${raw(table)} where organization_id = ${organizationId}::uuid and business_date = ${day}::date`);
        await tx.run(sql`
          insert into ${raw(table)} (${raw([...keys, ...sums].join(', '))}) ${scan({ organizationId, from: day, to: day })}`);
      }
    });
}
