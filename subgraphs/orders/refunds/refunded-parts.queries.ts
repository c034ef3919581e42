import { sql, type Queryable } from '#kernel/db/database';
import { sum } from '#kernel/decimal';
import type { FullOrder } from '../model';
import type { RefundedPart } from '../pricing/proration.rules';
import { shippingParts, type ShippingAmounts } from '../pricing/shipping.rules';
import type { RefundedShipping } from './shipping-refund.rules';

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

/**
 * The sums of the parts of a sale's shipping that were refunded so far, by the position of the part. One statement, and none if no shipping
 * was refunded.
 */
export async function refundedShipping(
  db: Queryable,
  { id, shippingRefunded }: Pick<FullOrder, 'id' | 'shippingRefunded'>,
): Promise<RefundedShipping[]> {
  if (shippingRefunded.isZero()) return [];
  const returns = await db.many<ShippingAmounts>(sql`
    select o.shipping_total, o.shipping_tax, o.shipping_tax_rate, o.shipping_taxes from orders o
    where o.original_order_id = ${id}::uuid and o.kind = 'return' and o.shipping_total <> 0`);
  const parts = returns.map(shippingParts);
  const total = (position: number, amount: keyof RefundedShipping) =>
    sum(parts.map((part) => part[position]![amount])).negated();
  return (parts[0] ?? []).map((_, position) => ({
    total: total(position, 'total'),
    tax: total(position, 'tax'),
  }));
}
