import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { invalid } from '#kernel/errors';
import { throwFieldErrors, textErrors } from '#kernel/validation';
import type { PartiallyRefundOrderInput, PreviewRefundInput, RefundOrderInput } from '../inputs.generated';
import { requireValue, type Result } from '../issues.rules';
import { onceByClientReference } from '../order/client-reference';
import type { FullOrder, PostedOrder } from '../model';
import { orderById } from '../order/orders.queries';
import { assertRefundable, postRefund, refundTerms, type RefundRequest } from './post-refund';
import { sessionForRefund } from './post-return';
import { matchItems } from './refund-items';
import { remainingLines, type RefundLine } from './refund-items.rules';
import { planRefund, type RefundPlan } from './refund-plan';

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
  return refund(ctx, 'refundOrder', id, input, {
    kind: 'refund',
    select: (_tx, order) => Promise.resolve({ value: remainingLines(order) }),
    amountsOf: (order) => ({ shipping: order.shippingTotal.minus(order.shippingRefunded) }),
  });
}

/**
 * Refunds a part of a sale: lines, each by its share of the amount charged for it, so that all parts sum to the line; or an amount
 * without goods; and shipping.
 *
 * @throws PosProError as refundOrder, and 422 for more than was sold or than is left.
 */
export function partiallyRefundOrder(
  ctx: RequestContext,
  id: string,
  input: PartiallyRefundOrderInput,
): Promise<PostedOrder> {
  return refund(ctx, 'partiallyRefundOrder', id, input, {
    kind: 'refund_part',
    select: (tx, order) => {
      assertParts(input);
      return selectedLines(ctx, tx, order, input);
    },
    amountsOf: () => ({ amount: input.amount, shipping: input.shippingAmount }),
  });
}

/** @throws PosProError 422 for items and an amount, and for neither without shipping. */
function assertParts({ items, amount, shippingAmount }: RefundParts): void {
  if (items != null && amount != null) throw invalid('amount', 'Set "items" or "amount", not both.');
  if (items == null && amount == null && shippingAmount == null)
    throw invalid('items', 'Set "items", "amount" or "shippingAmount".', 'REQUIRED');
}

/** The parts of a sale that an input names. */
type RefundParts = Pick<PartiallyRefundOrderInput, 'items' | 'amount' | 'shippingAmount'>;

function selectedLines(
  ctx: RequestContext,
  db: Queryable,
  order: FullOrder,
  { items }: RefundParts,
): Promise<Result<RefundLine[]>> {
  return items == null ? Promise.resolve({ value: [] }) : matchItems(ctx, db, order, items);
}

/** A planned refund, with the sale that it refunds. */
export interface RefundPreview {
  order: FullOrder;
  plan: RefundPlan;
}

/**
 * Plans a refund without writing it, by the same rules as the refund.
 * @throws PosProError as the refund.
 */
export async function previewRefund(
  ctx: RequestContext,
  id: string,
  input: PreviewRefundInput,
): Promise<RefundPreview> {
  const { items, amount, shippingAmount, method } = input;
  const whole = items == null && amount == null && shippingAmount == null;
  const order = await orderById(ctx.db, id);
  if (!whole) assertParts(input);
  assertRefundable(order, whole ? 'refund' : 'refund_part');
  const session = await sessionForRefund(ctx.db, ctx, null);
  const terms = await refundTerms(ctx, ctx.db, order, session);
  const selection = whole
    ? { lines: remainingLines(order), shipping: order.shippingTotal.minus(order.shippingRefunded) }
    : {
        lines: requireValue(await selectedLines(ctx, ctx.db, order, input)),
        amount,
        shipping: shippingAmount,
      };
  return {
    order,
    plan: await planRefund(ctx.db, terms, order, selection, { input: { method: method ?? null } }),
  };
}

async function refund(
  ctx: RequestContext,
  operation: string,
  id: string,
  input: RefundOrderInput,
  parts: Pick<RefundRequest, 'kind' | 'select' | 'amountsOf'>,
): Promise<PostedOrder> {
  throwFieldErrors([
    ...textErrors('reason', input.reason, { max: 500 }),
    ...textErrors('note', input.note, { max: 1000 }),
  ]);
  if (input.method != null && input.payments != null)
    throw invalid('method', 'Set "method" or "payments", not both.');
  const request = { id: id.toLowerCase(), ...input };
  return onceByClientReference(ctx, operation, request, (tx, requestHash) =>
    postRefund(tx, ctx, { id, input, requestHash, ...parts }),
  );
}
