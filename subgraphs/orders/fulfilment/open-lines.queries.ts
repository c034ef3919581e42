/** The goods that a warehouse still has to send for confirmed orders. */
import { sql, type Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';

/** A line of a confirmed order with the quantity that is still to be shipped. */
export interface OpenLine {
  readonly orderId: string;
  readonly number: string;
  readonly orderUpdatedAt: Date;
  readonly variantId: string;
  readonly sku: string;
  readonly name: string;
  readonly unit: string;
  readonly quantity: Decimal;
}

/**
 * The open lines of confirmed orders, the oldest orders first. Gift cards are not sent.
 * @param choice.orderIds only these orders; undefined for all.
 * @param choice.limit the most orders.
 */
export function openLines(
  db: Queryable,
  { warehouseId, orderIds, limit }: { warehouseId: string; orderIds?: readonly string[]; limit: number },
): Promise<OpenLine[]> {
  const chosen = orderIds === undefined ? sql`true` : sql`o.id = any(${[...orderIds]}::uuid[])`;
  // The state stands in the statement, because the index of rare states (prisma/sql/orders.sql) has it as its condition. With "offset 0"
  // PostgreSQL looks up the lines of each open order by their key; it would otherwise join them with the lines of all orders.
  return db.many<OpenLine>(sql`
    with open_orders as (
      select o.id, o.number, o.created_at, o.updated_at from orders o
      where o.status = 'confirmed' and o.kind = 'sale' and o.warehouse_id = ${warehouseId}::uuid and ${chosen}
        and exists (select from order_lines l where l.order_id = o.id and l.gift_card_purpose is null
          and l.quantity > l.cancelled_quantity + l.shipped_quantity offset 0)
      order by o.created_at, o.id limit ${limit})
    select o.id as order_id, o.number, o.updated_at as order_updated_at, l.variant_id, l.sku, l.name, l.unit,
      l.quantity - l.cancelled_quantity - l.shipped_quantity as quantity
    from open_orders o
      cross join lateral (select * from order_lines l where l.order_id = o.id and l.gift_card_purpose is null
        and l.quantity > l.cancelled_quantity + l.shipped_quantity offset 0) l
    order by o.created_at, o.id, l.line_no`);
}
