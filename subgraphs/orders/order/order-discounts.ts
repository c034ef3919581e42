/** The frozen discounts of orders, as they are read: one row per line and discount. insert-order.ts writes them. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { sum } from '#kernel/decimal';
import { loader } from '#kernel/graph/loader';
import type { OrderDiscountRow, OrderRow, ShownDiscount, ShownOrderDiscount } from '../model';
import { orderDiscounts } from '../tables.generated';
import { trainingSales } from './training-sales';

/** The rows of many orders, by discount and line. One statement, and none for orders without a discount. */
export async function discountsOfOrders(
  db: Queryable,
  orders: readonly Pick<OrderRow, 'id' | 'discountTotal'>[],
): Promise<Map<string, OrderDiscountRow[]>> {
  const ids = orders.filter(({ discountTotal }) => !discountTotal.isZero()).map(({ id }) => id);
  return ids.length === 0 ? new Map<string, OrderDiscountRow[]>() : discountsByOrder(db, ids);
}

async function discountsByOrder(
  db: Queryable,
  ids: readonly string[],
): Promise<Map<string, OrderDiscountRow[]>> {
  const rows = await db.many<OrderDiscountRow>(sql`
    select ${orderDiscounts.select('d')} from order_discounts d
    where d.order_id = any(${ids}::uuid[]) order by d.order_id, d.discount_no, d.line_no`);
  return groupBy(rows, ({ orderId }) => orderId);
}

/** Loads the discounts of orders, training sales included: all of a request in one query. */
export function discountsLoader(ctx: RequestContext) {
  return loader<OrderDiscountRow[]>(ctx, 'orders.discounts', async (ids) => {
    const stored = await discountsByOrder(ctx.db, ids);
    const unknown = ids.filter((id) => !stored.has(id));
    if (unknown.length === 0) return stored;
    const training = await trainingSales(ctx.db, unknown);
    return new Map([...stored, ...[...training].map(([id, { order }]) => [id, order.discounts] as const)]);
  });
}

/** The discounts of an order, as the graph shows them. */
export function shownOrderDiscounts(
  { currency }: Pick<OrderRow, 'currency'>,
  rows: readonly OrderDiscountRow[],
): ShownOrderDiscount[] {
  return [...groupBy(rows, ({ discountNo }) => discountNo).values()].map((parts) => ({
    ...shownDiscount(parts[0]!, currency),
    amount: sum(parts.map(({ amount }) => amount)),
    items: parts.map(({ lineNo, amount }) => ({ line: lineNo, amount, currency })),
  }));
}

/** A line's share of a discount, as the graph shows it. */
export function shownDiscount(row: OrderDiscountRow, currency: string): ShownDiscount {
  const { discountNo, source, label, campaignId, amount } = row;
  return { position: discountNo, source, label, campaignId, amount, currency };
}
