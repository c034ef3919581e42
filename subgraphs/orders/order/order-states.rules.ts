/** The states of an order and the actions that each permits, as a table. */
import { PosProError } from '#kernel/errors';
import type { OrderAction, OrderStatus } from '../inputs.generated';

/** A correction of a payment at its provider. It keeps the state of its order, whatever that is. */
export type PaymentAction = 'payment_failed' | 'payment_restored';

/** An action on an order that exists. Orders begin with `place`, those of tills with `sell`. */
export type StepAction = Exclude<OrderAction, 'place' | 'sell' | PaymentAction>;

interface Transition {
  /** The state after the action, by the state before. */
  readonly steps: Readonly<Partial<Record<OrderStatus, OrderStatus>>>;
  /** The action in the words of an error message: "cannot be shipped". */
  readonly passive: string;
}

/** All transitions. A transition that is not here is illegal. A refund in part leaves goods on their way as they are. */
export const TRANSITIONS: Readonly<Record<StepAction, Transition>> = {
  confirm: { steps: { draft: 'confirmed', pending: 'confirmed' }, passive: 'confirmed' },
  edit: { steps: { pending: 'pending', confirmed: 'confirmed' }, passive: 'edited' },
  ship_part: { steps: { confirmed: 'confirmed' }, passive: 'shipped in part' },
  ship: { steps: { confirmed: 'shipped' }, passive: 'shipped' },
  issue_part: { steps: { confirmed: 'confirmed' }, passive: 'issued' },
  issue: { steps: { confirmed: 'shipped' }, passive: 'issued' },
  complete: { steps: { confirmed: 'completed' }, passive: 'completed' },
  cancel_shipment: {
    steps: { confirmed: 'confirmed', shipped: 'confirmed' },
    passive: 'taken out of a shipment',
  },
  deliver: { steps: { shipped: 'delivered' }, passive: 'delivered' },
  cancel_part: { steps: { confirmed: 'confirmed' }, passive: 'cancelled in part' },
  cancel_rest: { steps: { confirmed: 'shipped' }, passive: 'cancelled in part' },
  cancel: {
    steps: { draft: 'cancelled', pending: 'cancelled', confirmed: 'cancelled' },
    passive: 'cancelled',
  },
  refund_part: {
    steps: {
      confirmed: 'confirmed',
      shipped: 'shipped',
      delivered: 'partially_refunded',
      completed: 'partially_refunded',
      partially_refunded: 'partially_refunded',
    },
    passive: 'refunded in part',
  },
  refund: {
    steps: {
      shipped: 'refunded',
      delivered: 'refunded',
      completed: 'refunded',
      partially_refunded: 'refunded',
    },
    passive: 'refunded',
  },
};

/** Steps that follow from a payment or a cancellation; no caller can ask for them. */
const AUTOMATIC: readonly StepAction[] = ['issue_part', 'issue', 'complete'];

/** The actions that a state permits, in the order of the table. */
export function actionsIn(status: OrderStatus): StepAction[] {
  const actions = Object.keys(TRANSITIONS) as StepAction[];
  return actions.filter((action) => status in TRANSITIONS[action].steps && !AUTOMATIC.includes(action));
}

/**
 * The state after an action.
 * @throws PosProError 409 ILLEGAL_STATE with the present state and the actions that it permits.
 *
 * @example
 * nextStatus({ number: 'MAIN.1-0000042', status: 'completed' }, 'refund') // 'refunded'
 */
export function nextStatus(order: { number: string; status: OrderStatus }, action: StepAction): OrderStatus {
  const { steps, passive } = TRANSITIONS[action];
  const next = steps[order.status];
  if (next) return next;
  throw new PosProError(
    'ILLEGAL_STATE',
    `Order ${order.number} is ${order.status} and cannot be ${passive}.`,
    {
      details: { status: order.status, allowed: actionsIn(order.status) },
    },
  );
}
