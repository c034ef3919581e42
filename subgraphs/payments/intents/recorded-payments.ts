/** The payments of orders that follow what their provider reports. */
import { sql, type Transaction } from '#kernel/db/database';
import type { PaymentIntentRow } from '../tables.generated';

/**
 * Brings the payment of an order, if it has been recorded, to the status of the payment at its provider. One that has failed stays so:
 * `correctPayment` restores it together with its money.
 */
export async function updatePaymentStatus(
  tx: Transaction,
  { id, orderId, status }: Pick<PaymentIntentRow, 'id' | 'orderId' | 'status'>,
): Promise<void> {
  const isGone = ['voided', 'expired', 'failed', 'declined'].includes(status);
  const isBooked = ['captured', 'partially_refunded', 'refunded'].includes(status);
  const stored = isGone ? 'failed' : isBooked ? null : status;
  // Refunds are booked before the provider is asked, so the booked amount decides.
  await tx.run(sql`
    update payments set status = case when status = 'failed' or status = 'voided' and ${stored}::text is not null then status
      else coalesce(${stored}::text,
      case refunded_amount when 0 then 'captured' when amount then 'refunded' else 'partially_refunded' end) end
    where order_id = ${orderId} and id = ${id}`);
}

/** Marks the recorded refund of an order that its provider rejected. It stays booked: the shop refunds the money in another way. */
export async function markRefundFailed(tx: Transaction, refundId: string): Promise<void> {
  await tx.run(sql`update payments set status = 'failed' where id = ${refundId} and amount < 0`);
}
