import {
  actionsIn,
  nextStatus,
  TRANSITIONS,
  type StepAction,
} from '#subgraphs/orders/order/order-states.rules';
import type { OrderStatus } from '#subgraphs/orders/inputs.generated';
import { refusalOf } from '#test/harness/refusal';

type Steps = Partial<Record<StepAction, OrderStatus>>;

/** The whole state machine, written down once more by hand. */
const STEPS: Readonly<Record<OrderStatus, Steps>> = {
  draft: { confirm: 'confirmed', cancel: 'cancelled' },
  pending: { confirm: 'confirmed', edit: 'pending', cancel: 'cancelled' },
  confirmed: {
    edit: 'confirmed', ship_part: 'confirmed', ship: 'shipped', cancel_shipment: 'confirmed', cancel_part: 'confirmed',
    cancel_rest: 'shipped', cancel: 'cancelled', refund_part: 'confirmed',
  },
  shipped: { cancel_shipment: 'confirmed', deliver: 'delivered', refund_part: 'shipped', refund: 'refunded' },
  delivered: { refund_part: 'partially_refunded', refund: 'refunded' },
  completed: { refund_part: 'partially_refunded', refund: 'refunded' },
  cancelled: {},
  partially_refunded: { refund_part: 'partially_refunded', refund: 'refunded' },
  refunded: {},
}; // prettier-ignore
const PASSIVE: Readonly<Record<StepAction, string>> = {
  confirm: 'confirmed', edit: 'edited', ship_part: 'shipped in part', ship: 'shipped', cancel_shipment: 'taken out of a shipment',
  deliver: 'delivered', cancel_part: 'cancelled in part', cancel_rest: 'cancelled in part', cancel: 'cancelled',
  refund_part: 'refunded in part', refund: 'refunded', issue_part: 'issued', issue: 'issued', complete: 'completed',
}; // prettier-ignore

/** Steps that follow from a payment or a cancellation; no caller can ask for them. */
const AUTOMATIC: Readonly<Partial<Record<OrderStatus, Steps>>> = {
  confirmed: { issue_part: 'confirmed', issue: 'shipped', complete: 'completed' },
};

describe.each(Object.entries(STEPS) as [OrderStatus, Steps][])('in state %s', (status, steps) => {
  it('permits these actions', () => expect(actionsIn(status)).toEqual(Object.keys(steps)));

  it.each(Object.keys(TRANSITIONS) as StepAction[])('%s leads where the table says, or is a 409 that names what is possible', (action) => {
    const step = () => nextStatus({ number: 'MAIN-0000001', status }, action);
    const next = steps[action] ?? AUTOMATIC[status]?.[action];
    if (next) expect(step()).toBe(next);
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

it('ends where it ends, and names the state', () => {
  expect((['cancelled', 'refunded'] as OrderStatus[]).map(actionsIn)).toEqual([[], []]);
  expect(() => nextStatus({ number: 'MAIN-0000001', status: 'refunded' }, 'refund')).toThrow(
    'Order MAIN-0000001 is refunded and cannot be refunded.',
  );
});
