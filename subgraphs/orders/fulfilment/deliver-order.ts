import type { RequestContext } from '#kernel/context';
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
  return transact(
    ctx,
    async (tx) => {
      const order = await takeStep(tx, ctx, await lockOrder(tx, id), {
        action: 'deliver',
        reason: input.reason,
      });
      if (order.lines.some(({ vendorId }) => vendorId !== null))
        await deliverVendorOrders(tx, order.id, tx.now);
      return order;
    },
    { idempotent: { operation: 'deliverOrder', input: { id: id.toLowerCase(), ...input } } },
  );
}
