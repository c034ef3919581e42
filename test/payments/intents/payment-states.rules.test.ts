import fc from 'fast-check';
import type { PaymentStatus } from '#subgraphs/payments/inputs.generated';
import {
  NEW_STATE,
  assertCommand,
  isStep,
  mergeStates,
  stageOf,
  statusOf,
  type PaymentState,
} from '#subgraphs/payments/intents/payment-states.rules';
import { amount, expectError } from '#test/harness/values';

const state = (more: Partial<PaymentState>): PaymentState => ({ ...NEW_STATE, ...more });
const money = fc.constantFrom(0, 5, 10).map(amount);

/** Reports of one payment of 10, as answers and webhooks may bring them. */
const report = fc.record({
  stage: fc.constantFrom('pending', 'requires_action', 'failed', 'declined', 'expired', 'voided', 'open'),
  authorizedAmount: money,
  capturedAmount: money,
  refundedAmount: money,
  dispute: fc.constantFrom('none', 'open', 'won', 'lost'),
});

/** The stored state after a report: a row has a status, and no stage. */
function afterReport(before: PaymentState, reported: PaymentState): PaymentState {
  const merged = mergeStates(before, reported);
  return { ...merged, stage: stageOf(statusOf(merged)) };
}

describe('the state of a payment', () => {
  it('P1: is the same after any interleaving of its reports, each once or more often', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 6 }), fc.infiniteStream(fc.nat()), (reports, numbers) => {
        const once = reports.reduce(afterReport, NEW_STATE);
        const shuffled = [...reports, ...reports].sort(() => (numbers.next().value! % 2) - 0.5);
        expect(statusOf(shuffled.reduce(afterReport, NEW_STATE))).toBe(statusOf(once));
      }),
    );
  });

  it('P1: takes only steps of the table', () => {
    fc.assert(
      fc.property(fc.array(report, { maxLength: 6 }), (reports) => {
        let before = NEW_STATE;
        for (const one of reports) {
          const after = afterReport(before, one);
          expect([statusOf(before), statusOf(after), isStep(statusOf(before), statusOf(after))]).toEqual([
            statusOf(before),
            statusOf(after),
            true,
          ]);
          before = after;
        }
      }),
    );
  });

  it.each([
    ['pending', {}],
    ['requires_action', { stage: 'requires_action' }],
    ['authorized', { stage: 'open', authorizedAmount: amount(10) }],
    ['captured', { stage: 'open', authorizedAmount: amount(10), capturedAmount: amount(10) }],
    ['captured', { stage: 'failed', capturedAmount: amount(10) }],
    ['captured', { stage: 'declined', capturedAmount: amount(10) }],
    ['captured', { stage: 'voided', capturedAmount: amount(10) }],
    ['partially_refunded', { capturedAmount: amount(10), refundedAmount: amount(4) }],
    ['refunded', { capturedAmount: amount(10), refundedAmount: amount(10) }],
    ['voided', { stage: 'voided', authorizedAmount: amount(10) }],
    ['expired', { stage: 'expired', authorizedAmount: amount(10) }],
    ['authorized', { stage: 'declined', authorizedAmount: amount(10) }],
    ['declined', { stage: 'declined' }],
    ['failed', { stage: 'failed' }],
    ['disputed', { capturedAmount: amount(10), dispute: 'open' }],
    ['disputed', { capturedAmount: amount(10), dispute: 'lost' }],
    ['captured', { capturedAmount: amount(10), dispute: 'won' }],
  ] as const)('P1: is %s after %o', (...[status, known]) => {
    expect(statusOf(state(known))).toBe(status);
  });

  it('counts a refund that is reported before its capture', () => {
    const merged = mergeStates(NEW_STATE, state({ refundedAmount: amount(4) }));
    expect(statusOf(mergeStates(merged, state({ stage: 'open', capturedAmount: amount(10) })))).toBe(
      'partially_refunded',
    );
  });
});

describe('a command', () => {
  const allowed = (status: PaymentStatus) =>
    (['confirm', 'capture', 'void', 'refund'] as const).filter((command) => {
      try {
        assertCommand({ id: '1', status }, command);
        return true;
      } catch {
        return false;
      }
    });

  it.each([
    ['pending', ['void']],
    ['requires_action', ['confirm', 'void']],
    ['authorized', ['capture', 'void']],
    ['captured', ['refund']],
    ['partially_refunded', ['refund']],
    ['refunded', []],
    ['voided', []],
    ['declined', []],
    ['failed', []],
    ['expired', []],
    ['disputed', []],
  ] as const)('of a payment that is %s is one of %j', (...[status, commands]) => {
    expect(allowed(status)).toEqual(commands);
  });

  it('that is illegal names the status and the legal ones', async () => {
    const refund = () =>
      Promise.resolve().then(() => assertCommand({ id: '1', status: 'authorized' }, 'refund'));
    const error = await expectError('ILLEGAL_STATE', refund());
    expect(error.message).toBe('Payment 1 is authorized and cannot be refunded.');
    expect(error.details).toEqual({ status: 'authorized', allowed: ['capture', 'void'] });
  });
});
