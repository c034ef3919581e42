import { sql, type Queryable } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import type { FullOrder } from '../model';
import type { RefundedPart } from '../pricing/proration.rules';

/**
 * The sums of all refunds of a sale so far, by the id of the sold line: its returns are the ledger of what was refunded. One statement,
 * and none for a sale of which nothing was refunded. The sale must be locked.
 */
export async function refundedParts(
  db: Queryable,
  { id, refundedTotal, lines }: FullOrder,
): Promise<ReadonlyMap<string, RefundedPart>> {
  // Goods without a price may have been returned, which refunded nothing.
  if (
    refundedTotal.isZero() &&
    lines.every((line) => line.returnedQuantity.isZero() && line.cancelledQuantity.isZero())
  )
    return new Map();
  const rows = await db.many<RefundedPart & { lineId: string }>(sql`
    select l.original_line_id as line_id, -sum(l.subtotal) as subtotal, -sum(l.discount) as discount, -sum(l.tax) as tax,
      -sum(l.total) as total, bool_or(l.quantity = 0) as by_amount
    from orders o join order_lines l on l.order_id = o.id
    where o.original_order_id = ${id}::uuid and l.original_line_id is not null
    group by l.original_line_id`);
  return new Map(rows.map(({ lineId, ...part }) => [lineId, part]));
}

/** The tax in the shipping that was refunded so far. One statement, and none if no shipping was refunded. */
export async function refundedShippingTax(
  db: Queryable,
  { id, shippingRefunded }: Pick<FullOrder, 'id' | 'shippingRefunded'>,
): Promise<Decimal> {
  if (shippingRefunded.isZero()) return ZERO;
  const { tax } = await db.one<{ tax: Decimal }>(sql`
    select coalesce(-sum(o.shipping_tax), 0) as tax from orders o where o.original_order_id = ${id}::uuid`);
  return tax;
}
