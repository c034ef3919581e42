import type { RequestContext } from '#kernel/context';
import { invalid } from '#kernel/errors';
import { throwFieldErrors, textErrors } from '#kernel/validation';
import type { PartiallyRefundOrderInput, RefundOrderInput } from '../inputs.generated';
import { onceByClientReference } from '../order/client-reference';
import type { PostedOrder } from '../model';
import { postRefund, type SelectLines } from './post-refund';
import { matchItems } from './refund-items';
import { remainingLines } from './refund-items.rules';

/**
 * Refunds everything of a sale that was not refunded yet.
 *
 * @returns the return: an order of its own with negative quantities and amounts.
 * @throws PosProError 404; 409 ILLEGAL_STATE for an order with nothing to refund; 409 REGISTER_CLOSED for a cash refund without a
 * drawer; 422 by field.
 */
export function refundOrder(
  ctx: RequestContext,
  id: string,
  input: RefundOrderInput = {},
): Promise<PostedOrder> {
  return refund(ctx, 'refundOrder', id, input, (_tx, order) =>
    Promise.resolve({ value: remainingLines(order) }),
  );
}

/**
 * Refunds some lines of a sale: each by its share of the amount charged for it, so that all parts sum to the line.
 *
 * @throws PosProError as refundOrder, and 422 for more than was sold.
 */
export function partiallyRefundOrder(
  ctx: RequestContext,
  id: string,
  input: PartiallyRefundOrderInput,
): Promise<PostedOrder> {
  return refund(ctx, 'partiallyRefundOrder', id, input, (tx, order) => matchItems(tx, order, input.items));
}

async function refund(
  ctx: RequestContext,
  operation: string,
  id: string,
  input: RefundOrderInput,
  select: SelectLines,
): Promise<PostedOrder> {
  throwFieldErrors([
    ...textErrors('reason', input.reason, { max: 500 }),
    ...textErrors('note', input.note, { max: 1000 }),
  ]);
  if (input.method != null && input.payments != null)
    throw invalid('method', 'Set "method" or "payments", not both.');
  const request = { id: id.toLowerCase(), ...input };
  return onceByClientReference(ctx, operation, request, (tx, requestHash) =>
    postRefund(tx, ctx, { id, input, requestHash, select }),
  );
}
