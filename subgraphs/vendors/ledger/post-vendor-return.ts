/** The vendors' part of a refund: the share of the price and of the commission, line by line, in the refund's transaction. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { sum } from '#kernel/decimal';
import { reversedCommission, type RefundedShare } from '../commission/commission.rules';
import { vendorOrderItems, type VendorOrderItemRow } from '../tables.generated';
import { lockVendors, postEntries, type PostedEntry } from './vendor-ledger';

/** A refunded part of a sold line. */
export interface RefundedLine extends RefundedShare {
  /** The sold line. */
  readonly originalLineId: string;
  readonly vendorId: string;
}

interface Reversal extends RefundedShare {
  readonly item: VendorOrderItemRow;
  readonly commission: RefundedShare['total'];
  readonly commissionTax: RefundedShare['total'];
}

/**
 * Posts a refund to the ledgers of the vendors whose goods it has, also after they were paid: the balance may fall below zero, and later
 * sales pay for it. Sends nothing without such goods. The locked order keeps two refunds of the same lines apart.
 */
export async function postVendorReturn(
  tx: Transaction,
  ctx: RequestContext,
  lines: readonly RefundedLine[],
): Promise<void> {
  if (lines.length === 0) return;
  const locked = await lockVendors(
    tx,
    lines.map(({ vendorId }) => vendorId),
  );
  const ids = [...new Set(lines.map(({ originalLineId }) => originalLineId))];
  const items = await tx.many<VendorOrderItemRow>(sql`
    select ${vendorOrderItems.select('i')} from vendor_order_items i where i.id = any(${ids}::uuid[]) order by i.order_id, i.id`);
  const byLine = groupBy(lines, ({ originalLineId }) => originalLineId);
  const reversals = items.map((item): Reversal => {
    const parts = byLine.get(item.id)!;
    const refund = {
      quantity: sum(parts.map(({ quantity }) => quantity)),
      total: sum(parts.map(({ total }) => total)),
    };
    return { item, ...refund, ...reversedCommission(item, refund, item.currency) };
  });
  const changes = reversals.map(({ item, quantity, total, commission, commissionTax }) => {
    const { id, orderId, vendorId } = item;
    return { id, orderId, vendorId, quantity, total, commission, commissionTax };
  });
  await postEntries(tx, ctx, locked, reversals.flatMap(returnEntries), [
    sql`change as (
      select * from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as x
        (id uuid, "orderId" uuid, "vendorId" uuid, quantity numeric, total numeric, commission numeric, "commissionTax" numeric)
    )`,
    sql`item as (
      update vendor_order_items i set refunded_quantity = i.refunded_quantity + x.quantity, refunded_total = i.refunded_total + x.total,
        commission_reversed = i.commission_reversed + x.commission,
        commission_tax_reversed = i.commission_tax_reversed + x."commissionTax"
      from change x where i.id = x.id
    )`,
    sql`head as (
      update vendor_orders o set refunded_total = o.refunded_total + x.total, commission_reversed = o.commission_reversed + x.commission,
        commission_tax_reversed = o.commission_tax_reversed + x.tax
      from (
        select "orderId", "vendorId", sum(total) as total, sum(commission) as commission, sum("commissionTax") as tax
        from change group by "orderId", "vendorId"
      ) x
      where o.organization_id = ${tx.organizationId}::uuid and o.order_id = x."orderId" and o.vendor_id = x."vendorId"
    )`,
  ]);
}

function returnEntries({ item, total, commission, commissionTax }: Reversal): PostedEntry[] {
  const { vendorId, orderId, id: orderLineId } = item;
  const line = { vendorId, orderId, orderLineId };
  return [
    { ...line, kind: 'refund', amount: total.negated() },
    { ...line, kind: 'commission', amount: commission },
    { ...line, kind: 'commission_tax', amount: commissionTax },
  ];
}
