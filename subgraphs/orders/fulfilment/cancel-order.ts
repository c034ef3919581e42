/** Cancellations: goods that were not shipped are free again, gift cards end, and what was paid for them is refunded. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import type { CancelOrderInput } from '../inputs.generated';
import { requireValue } from '../issues.rules';
import type { FullOrder } from '../model';
import { cancellableQuantity } from '../order/order-balance.rules';
import { actionsIn, nextStatus } from '../order/order-states.rules';
import { lockOrder, orderById } from '../order/orders.queries';
import { postRefund } from '../refunds/post-refund';
import { giveUpOrder } from './give-up-order';
import { chosenQuantities, takesWhole } from './line-quantities.rules';

/**
 * Cancels an order as far as it was not shipped. What was sold is cancelled by a return without goods; an order that still waits has
 * never been a sale, and has none. A repeated cancellation of the whole changes nothing.
 * @throws PosProError 404; 409 ILLEGAL_STATE, and for a part of a pending order; 422 by field.
 */
export async function cancelOrder(
  ctx: RequestContext,
  id: string,
  input: CancelOrderInput,
): Promise<FullOrder> {
  throwFieldErrors(textErrors('reason', input.reason, { max: 500 }));
  return transact(ctx, (tx) => postCancellation(tx, ctx, id, input), {
    idempotent: { operation: 'cancelOrder', input: { id: id.toLowerCase(), ...input } },
  });
}

/** Cancels an order inside the caller's transaction. @throws PosProError as cancelOrder. */
export async function postCancellation(
  tx: Transaction,
  ctx: RequestContext,
  id: string,
  input: CancelOrderInput,
): Promise<FullOrder> {
  const { items, reason, method, registerId } = input;
  const order = await lockOrder(tx, id);
  if (order.status === 'cancelled' && items == null) return order;
  nextStatus(order, 'cancel');
  if (order.soldAt === null) {
    if (items != null) throw waitsForPayment(order);
    return giveUpOrder(tx, ctx, order, input);
  }
  const lines = requireValue(chosenQuantities(order, items, cancellableQuantity));
  await postRefund(tx, ctx, {
    id: order.id,
    kind: 'cancel',
    input: { reason: reason ?? null, method: method ?? null, registerId: registerId ?? null },
    select: () => Promise.resolve({ value: lines }),
    // The shipping goes with the last goods, if none were sent.
    amountsOf: () => ({
      shipping: takesWhole(order, lines) ? order.shippingTotal.minus(order.shippingRefunded) : null,
    }),
  });
  return orderById(tx, order.id);
}

function waitsForPayment({ number, status }: FullOrder): PosProError {
  const message = `Order ${number} is ${status} and can be cancelled only as a whole.`;
  return new PosProError('ILLEGAL_STATE', message, { details: { status, allowed: actionsIn(status) } });
}
