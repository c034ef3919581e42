import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { textErrors, throwFieldErrors } from '#kernel/validation';
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
    async (tx) => takeStep(tx, ctx, await lockOrder(tx, id), { action: 'deliver', reason: input.reason }),
    { idempotent: { operation: 'deliverOrder', input: { id: id.toLowerCase(), ...input } } },
  );
}
