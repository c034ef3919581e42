import {
  actionsIn,
  nextStatus,
  TRANSITIONS,
  type OrderAction,
  type OrderStatus,
} from '#subgraphs/orders/order/order-states.rules';
import { refusalOf } from '../harness/refusal';

/** The whole state machine, written down once more by hand. */
const STEPS: Readonly<Record<OrderStatus, Partial<Record<OrderAction, OrderStatus>>>> = {
  draft: { submit: 'pending', confirm: 'confirmed', sell: 'completed', cancel: 'cancelled' },
  pending: { confirm: 'confirmed', cancel: 'cancelled' },
  confirmed: { ship: 'shipped', complete: 'completed', cancel: 'cancelled' },
  shipped: { deliver: 'delivered', refund_part: 'partially_refunded', refund: 'refunded' },
  delivered: { complete: 'completed', refund_part: 'partially_refunded', refund: 'refunded' },
  completed: { refund_part: 'partially_refunded', refund: 'refunded' },
  cancelled: {},
  partially_refunded: { refund_part: 'partially_refunded', refund: 'refunded' },
  refunded: {},
};
const PASSIVE: Readonly<Record<OrderAction, string>> = {
  submit: 'submitted', confirm: 'confirmed', sell: 'sold at the till', ship: 'shipped', deliver: 'delivered',
  complete: 'completed', cancel: 'cancelled', refund_part: 'refunded in part', refund: 'refunded',
}; // prettier-ignore

describe.each(Object.entries(STEPS) as [OrderStatus, Partial<Record<OrderAction, OrderStatus>>][])('in state %s', (status, steps) => {
  it('permits these actions', () => expect(actionsIn(status)).toEqual(Object.keys(steps)));

  it.each(Object.keys(TRANSITIONS) as OrderAction[])('%s leads where the table says, or is a 409 that names what is possible', (action) => {
    const step = () => nextStatus({ number: 'MAIN-0000001', status }, action);
    if (steps[action]) expect(step()).toBe(steps[action]);
    else {
      expect(refusalOf(step)).toEqual({
        code: 'ILLEGAL_STATE',
        message: `Order MAIN-0000001 is ${status} and cannot be ${PASSIVE[action]}.`,
        errors: undefined,
        facts: { status, allowed: Object.keys(steps) },
      });
    }
  });
}); // prettier-ignore
