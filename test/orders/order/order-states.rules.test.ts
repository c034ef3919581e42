import {
  actionsIn,
  nextStatus,
  TRANSITIONS,
  type OrderAction,
} from '#subgraphs/orders/order/order-states.rules';
import type { OrderStatus } from '#subgraphs/orders/inputs.generated';
import { codesOf, refusalOf } from '#test/harness/refusal';

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
        details: { status, allowed: Object.keys(steps) },
      });
    }
  });
}); // prettier-ignore

describe('the states of an order', () => {
  it('takes every step of the table and no other', () => {
    const states = [...new Set(Object.values(TRANSITIONS).flatMap(({ from, to }) => [...from, to]))];
    expect(states).toHaveLength(9);
    for (const action of Object.keys(TRANSITIONS) as OrderAction[]) {
      for (const status of states) {
        const step = () => nextStatus({ number: 'MAIN-0000001', status }, action);
        if (TRANSITIONS[action].from.includes(status)) expect(step()).toBe(TRANSITIONS[action].to);
        else expect(codesOf(step)).toEqual(['ILLEGAL_STATE', undefined]);
      }
    }
  });

  it('ends where it ends, and names the state', () => {
    expect((['cancelled', 'refunded'] as OrderStatus[]).map(actionsIn)).toEqual([[], []]);
    expect(() => nextStatus({ number: 'MAIN-0000001', status: 'refunded' }, 'refund')).toThrow(
      'Order MAIN-0000001 is refunded and cannot be refunded.',
    );
  });
});
