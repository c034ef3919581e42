/** The states of an order and the actions that each permits, as a table. */
import { PosProError } from '#kernel/errors';
import type { OrderStatus } from '../inputs.generated';

/** An action on an order. Tills use `sell`: goods and money change hands immediately. */
export type OrderAction =
  'submit' | 'confirm' | 'sell' | 'ship' | 'deliver' | 'complete' | 'cancel' | 'refund_part' | 'refund';

interface Transition {
  readonly from: readonly OrderStatus[];
  readonly to: OrderStatus;
  /** The action in the words of an error message: "cannot be shipped". */
  readonly passive: string;
}

/** States that permit a refund: money was paid, and the goods are on the way to the customer or received. */
const REFUNDABLE: readonly OrderStatus[] = ['shipped', 'delivered', 'completed', 'partially_refunded'];

/** All transitions. A transition that is not here is illegal. */
export const TRANSITIONS: Readonly<Record<OrderAction, Transition>> = {
  submit: { from: ['draft'], to: 'pending', passive: 'submitted' },
  confirm: { from: ['draft', 'pending'], to: 'confirmed', passive: 'confirmed' },
  sell: { from: ['draft'], to: 'completed', passive: 'sold at the till' },
  ship: { from: ['confirmed'], to: 'shipped', passive: 'shipped' },
  deliver: { from: ['shipped'], to: 'delivered', passive: 'delivered' },
  complete: { from: ['confirmed', 'delivered'], to: 'completed', passive: 'completed' },
  cancel: { from: ['draft', 'pending', 'confirmed'], to: 'cancelled', passive: 'cancelled' },
  refund_part: { from: REFUNDABLE, to: 'partially_refunded', passive: 'refunded in part' },
  refund: { from: REFUNDABLE, to: 'refunded', passive: 'refunded' },
};

/** The actions that a state permits, in the order of the table. */
export function actionsIn(status: OrderStatus): OrderAction[] {
  return (Object.keys(TRANSITIONS) as OrderAction[]).filter((action) =>
    TRANSITIONS[action].from.includes(status),
  );
}

/**
 * The state after an action.
 * @throws PosProError 409 ILLEGAL_STATE with the present state and the actions that it permits.
 *
 * @example
 * nextStatus({ number: 'MAIN-0000042', status: 'completed' }, 'refund') // 'refunded'
 */
export function nextStatus(order: { number: string; status: OrderStatus }, action: OrderAction): OrderStatus {
  const { from, to, passive } = TRANSITIONS[action];
  if (from.includes(order.status)) return to;
  throw new PosProError(
    'ILLEGAL_STATE',
    `Order ${order.number} is ${order.status} and cannot be ${passive}.`,
    {
      details: { status: order.status, allowed: actionsIn(order.status) },
    },
  );
}
