import { codeOf } from '#test/harness/values';
import type { VendorStatus } from '#subgraphs/vendors/inputs.generated';
import {
  TRANSITIONS,
  actionsIn,
  nextStatus,
  statusAfterBankChange,
  type VendorAction,
} from '#subgraphs/vendors/vendors/vendor-states.rules';

const STATES: readonly VendorStatus[] = ['applied', 'under_review', 'approved', 'suspended', 'closed'];
const ACTIONS = Object.keys(TRANSITIONS) as VendorAction[];

it('permits these steps alone', () => {
  const table = Object.fromEntries(
    STATES.map((status) => [
      status,
      actionsIn(status).map((action) => `${action} → ${nextStatus({ name: 'Pottery', status }, action)}`),
    ]),
  );
  expect(table).toEqual({
    applied: ['review → under_review', 'approve → approved', 'suspend → suspended', 'close → closed'],
    under_review: ['approve → approved', 'suspend → suspended', 'close → closed'],
    approved: ['review → under_review', 'suspend → suspended', 'close → closed'],
    suspended: ['review → under_review', 'approve → approved', 'close → closed'],
    closed: [],
  });
});

it('answers 409 with the state for every other step', async () => {
  for (const status of STATES)
    for (const action of ACTIONS.filter((one) => !actionsIn(status).includes(one))) {
      const step = Promise.resolve().then(() => nextStatus({ name: 'Pottery', status }, action));
      expect(await codeOf(step)).toBe('ILLEGAL_STATE');
    }
});

it('sends an approved vendor back to review for another bank account, and leaves all others where they are', () => {
  expect(STATES.map(statusAfterBankChange)).toEqual([
    'applied',
    'under_review',
    'under_review',
    'suspended',
    'closed',
  ]);
});
