import {
  transferStep,
  type TransferAction,
  type TransferStatus,
} from '#subgraphs/inventory/transfers/transfer-states.rules';
import { refusalOf } from '#test/harness/refusal';

const STEPS: readonly [TransferStatus, TransferAction, TransferStatus][] = [
  ['draft', 'send', 'sent'],
  ['draft', 'cancel', 'cancelled'],
  ['sent', 'receive', 'received'],
];
const ALLOWED: Readonly<Record<TransferStatus, readonly TransferAction[]>> = {
  draft: ['send', 'cancel'], sent: ['receive'], received: [], cancelled: [],
}; // prettier-ignore
const DONE: Readonly<Record<TransferAction, string>> = {
  send: 'sent',
  receive: 'received',
  cancel: 'cancelled',
};

it('takes every step of the table and no other', () => {
  for (const status of Object.keys(ALLOWED) as TransferStatus[]) {
    for (const action of Object.keys(DONE) as TransferAction[]) {
      const to = STEPS.find(([from, by]) => from === status && by === action)?.[2];
      if (to !== undefined) {
        expect(transferStep(status, action)).toBe(to);
        continue;
      }
      expect(refusalOf(() => transferStep(status, action))).toEqual({
        code: 'ILLEGAL_STATE',
        message: `The transfer is "${status}" and cannot be ${DONE[action]}.`,
        errors: undefined,
        details: { status, allowed: ALLOWED[status] },
      });
    }
  }
});
