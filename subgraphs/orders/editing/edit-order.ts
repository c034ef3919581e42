/** Edits of orders: goods are added and removed in one step, with one settlement. */
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { rehearse } from '#kernel/db/rehearse';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { PosProError, invalid } from '#kernel/errors';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { priceBasket, type Basket } from '../basket/basket.rules';
import { priceItems } from '../basket/price-items';
import { findActorLimit, limitIssues } from '../basket/role-limits.rules';
import { tillTerms, type TillTerms } from '../basket/selling-terms';
import { chosenQuantities, takesWhole, type LineQuantity } from '../fulfilment/line-quantities.rules';
import type { EditOrderInput } from '../inputs.generated';
import { itemIssuesIn, throwIssues, type Issue, type Result } from '../issues.rules';
import { MAX_LINES, type FullOrder } from '../model';
import { cancellableQuantity } from '../order/order-balance.rules';
import { nextStatus } from '../order/order-states.rules';
import { lockOrder } from '../order/orders.queries';
import { editPendingOrder } from './edit-pending-order';
import { editSale } from './edit-sale';
import type { OrderEdit, PricedEdit } from './order-edit';

/**
 * Edits an order that was not shipped completely.
 * @throws PosProError 404; 409 ILLEGAL_STATE, CONFLICT for another version, and INSUFFICIENT_STOCK; 422 by field; as createOrder for
 * prices and discounts of added goods. In each, nothing has been written.
 */
export async function editOrder(ctx: RequestContext, id: string, input: EditOrderInput): Promise<OrderEdit> {
  return transact(ctx, (tx) => postEdit(tx, ctx, id, input), {
    idempotent: { operation: 'editOrder', input: { id: id.toLowerCase(), ...input } },
  });
}

/** Computes an edit, and writes nothing. @throws PosProError as editOrder. */
export async function previewOrderEdit(
  ctx: RequestContext,
  id: string,
  input: EditOrderInput,
): Promise<OrderEdit> {
  return rehearse(ctx, (tx) => postEdit(tx, ctx, id, input));
}

/** @throws PosProError 422 for an edit of nothing, too many goods, and a reason that is too long. */
function assertEdit({ add, remove, reason }: EditOrderInput): void {
  throwFieldErrors(textErrors('reason', reason, { max: 500 }));
  if (!add?.length && !remove?.length) throw invalid('add', 'Name goods to add or to remove.', 'REQUIRED');
  if ((add?.length ?? 0) > MAX_LINES)
    throw invalid('add', `An order has ${MAX_LINES} items at most.`, 'TOO_MANY');
}

async function postEdit(
  tx: Transaction,
  ctx: RequestContext,
  id: string,
  input: EditOrderInput,
): Promise<OrderEdit> {
  const order = await lockOrder(tx, id);
  assertEdit(input);
  assertVersion(tx, 'order', order, input.version);
  if (order.kind === 'return') {
    const message = `${order.number} is a return and cannot be edited.`;
    throw new PosProError('ILLEGAL_STATE', message, { details: { status: order.status, kind: order.kind } });
  }
  nextStatus(order, 'edit');
  const edit = await priceEdit(tx, ctx, order, input);
  return order.soldAt === null ? editPendingOrder(tx, ctx, order, edit) : editSale(tx, ctx, order, edit);
}

/** Prices the added goods, and finds the removed ones. */
async function priceEdit(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  { add, remove, reason, registerId }: EditOrderInput,
): Promise<PricedEdit> {
  const terms = await tillTerms(ctx, tx, order.branchId);
  if (terms.currency !== order.currency || terms.pricesIncludeTax !== order.pricesIncludeTax) {
    const message = `${order.number} was made in ${order.currency} under other settings of currency or tax; cancel it, and place a new order.`;
    throw new PosProError('ILLEGAL_STATE', message, {
      details: { currency: order.currency, pricesIncludeTax: order.pricesIncludeTax },
    });
  }
  const removed: Result<LineQuantity[]> = remove?.length
    ? chosenQuantities(order, remove, cancellableQuantity)
    : { value: [] };
  const basket = await addedBasket(tx, ctx, terms, add ?? []);
  throwIssues([...itemIssuesIn('remove', removed.issues ?? []), ...itemIssuesIn('add', basket.issues)]);
  const lines = removed.value!;
  return {
    terms,
    basket,
    removed: lines,
    reason: reason ?? null,
    registerId: registerId ?? null,
    replacesAll: takesWhole(order, lines),
  };
}

async function addedBasket(
  tx: Transaction,
  ctx: RequestContext,
  terms: TillTerms,
  items: NonNullable<EditOrderInput['add']>,
): Promise<Basket> {
  const resolvedItems = await priceItems(ctx, tx, { branchId: terms.branchId, at: tx.now }, items);
  const basket = priceBasket(terms, { items }, resolvedItems, permits(ctx.actor, 'pos:override'));
  const issues: Issue[] = [
    ...basket.issues,
    ...limitIssues(findActorLimit(ctx.actor, terms.settings), {}, basket, new Set()),
  ];
  return { ...basket, issues };
}
