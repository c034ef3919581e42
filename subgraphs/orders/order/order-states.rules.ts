/** Where an order can stand, and what may be done with it there: the state machine as a table. Pure. */
import { PosProError } from '#kernel/errors';

export type OrderStatus =
  | 'draft'
  | 'pending'
  | 'confirmed'
  | 'shipped'
  | 'delivered'
  | 'completed'
  | 'cancelled'
  | 'partially_refunded'
  | 'refunded';

/** What is done with an order. `sell` is the till's: goods and money change hands at once. */
export type OrderAction =
  'submit' | 'confirm' | 'sell' | 'ship' | 'deliver' | 'complete' | 'cancel' | 'refund_part' | 'refund';

interface Transition {
  readonly from: readonly OrderStatus[];
  readonly to: OrderStatus;
  /** The deed in the words of an error message: "cannot be shipped". */
  readonly passive: string;
}

/** Where goods are with the customer, or on their way, and money has come in: what can be given back. */
const REFUNDABLE: readonly OrderStatus[] = ['shipped', 'delivered', 'completed', 'partially_refunded'];

/** Every step there is. What is not here is illegal. */
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

/** What may be done with an order in a state, in the order of the table. */
export function actionsIn(status: OrderStatus): OrderAction[] {
  return (Object.keys(TRANSITIONS) as OrderAction[]).filter((action) =>
    TRANSITIONS[action].from.includes(status),
  );
}

/**
 * The state after an action.
 * @throws PosProError 409 ILLEGAL_STATE naming the present state and what it permits.
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
      facts: { status: order.status, allowed: actionsIn(order.status) },
    },
  );
}
