import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { throwFieldErrors } from '#kernel/validation';
import type { UpdateOrderInput } from '../inputs.generated';
import type { FullOrder, OrderRow } from '../model';
import { emitOrderChanged } from '../order/order-events';
import { actionsIn } from '../order/order-states.rules';
import { lockOrder } from '../order/orders.queries';
import { orders } from '../tables.generated';
import { contactErrors, storedContact } from './order-contact.rules';

/**
 * Changes the note and the contact data of an order. Emits "order.changed" for a change.
 * @throws PosProError 404; 409 ILLEGAL_STATE for contact data of goods that were sent, and CONFLICT for another version; 422 by field.
 */
export async function updateOrder(
  ctx: RequestContext,
  id: string,
  input: UpdateOrderInput,
): Promise<FullOrder> {
  throwFieldErrors(contactErrors(input));
  const { version, ...values } = input;
  return transact(ctx, async (tx) => changeContact(tx, await lockOrder(tx, id), values, version), {
    idempotent: { operation: 'updateOrder', input: { id: id.toLowerCase(), ...input } },
  });
}

async function changeContact(
  tx: Transaction,
  order: FullOrder,
  values: Omit<UpdateOrderInput, 'version'>,
  version: number | null | undefined,
): Promise<FullOrder> {
  assertVersion(tx, 'order', order, version);
  const changes = storedContact(values);
  const isContact = Object.keys(changes).some((field) => field !== 'note');
  if (isContact && !['pending', 'confirmed', 'draft'].includes(order.status)) {
    const message = `Order ${order.number} is ${order.status}; only its note can be changed.`;
    const details = { status: order.status, allowed: actionsIn(order.status) };
    throw new PosProError('ILLEGAL_STATE', message, { details });
  }
  if (Object.keys(changes).length === 0) return order;
  const row = await tx.one<OrderRow>(sql`
    update orders set ${orders.set({ ...changes, updatedAt: tx.now })} where id = ${order.id}::uuid returning ${orders.columns}`);
  if (isChanged(order, row)) emitOrderChanged(tx, row);
  return { ...order, ...row };
}
