import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { deliverVendorOrders } from '#subgraphs/vendors/index';
import type { OrderStepInput } from '../inputs.generated';
import type { FullOrder } from '../model';
import { takeStep } from '../order/order-steps';
import { lockOrder } from '../order/orders.queries';

/** Records that the customer has received a shipped order. @throws PosProError 404; 409 ILLEGAL_STATE. */
export async function deliverOrder(
  ctx: RequestContext,
  id: string,
  input: OrderStepInput,
): Promise<FullOrder> {
  throwFieldErrors(textErrors('reason', input.reason, { max: 500 }));
  return transact(ctx, async (tx) => postDelivery(tx, ctx, await lockOrder(tx, id), input.reason), {
    idempotent: { operation: 'deliverOrder', input: { id: id.toLowerCase(), ...input } },
  });
}

/** Delivers a locked order inside the caller's transaction. @throws PosProError 409 ILLEGAL_STATE. */
export async function postDelivery(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  reason?: string | null,
): Promise<FullOrder> {
  const delivered = await takeStep(tx, ctx, order, { action: 'deliver', reason });
  if (delivered.lines.some(({ vendorId }) => vendorId !== null))
    await deliverVendorOrders(tx, delivered.id, tx.now);
  return delivered;
}
