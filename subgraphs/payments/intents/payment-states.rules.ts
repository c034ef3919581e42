/**
 * The states of a payment through a provider, as a table. A status is never set: it follows from amounts and stages that only grow, so that answers
 * and webhooks may come twice and in any order, and end the same.
 */
import { Decimal, ZERO } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import type { PaymentStatus } from '../inputs.generated';

/** Where a payment stands at a provider while no money is held or captured; `open` if it is. */
export type PaymentStage =
  'pending' | 'requires_action' | 'failed' | 'declined' | 'expired' | 'voided' | 'open';

export type Dispute = 'none' | 'open' | 'won' | 'lost';

/** Everything that decides the status. Amounts are cumulative. */
export interface PaymentState {
  readonly stage: PaymentStage;
  readonly authorizedAmount: Decimal;
  readonly capturedAmount: Decimal;
  readonly refundedAmount: Decimal;
  readonly dispute: Dispute;
}

/** A payment of which nothing is known yet. */
export const NEW_STATE: PaymentState = {
  stage: 'pending',
  authorizedAmount: ZERO,
  capturedAmount: ZERO,
  refundedAmount: ZERO,
  dispute: 'none',
};

/** Later stages win over earlier ones, whatever order they are reported in. */
const STAGES: readonly PaymentStage[] = [
  'pending',
  'requires_action',
  'open',
  'failed',
  'declined',
  'expired',
  'voided',
];
const DISPUTES: readonly Dispute[] = ['none', 'open', 'won', 'lost'];

/**
 * The steps between two states, as callers may see them. A payment without an answer, with a decline or given up may still turn out to be
 * authorized or captured, because the provider's last word may arrive late.
 */
const PAYMENT_STEPS: Readonly<Record<PaymentStatus, readonly PaymentStatus[]>> = {
  pending: ['requires_action', 'authorized', 'captured', 'partially_refunded', 'refunded', 'voided', 'declined', 'failed', 'expired', 'disputed'],
  requires_action: ['authorized', 'captured', 'partially_refunded', 'refunded', 'voided', 'declined', 'failed', 'expired', 'disputed'],
  failed: ['authorized', 'captured', 'partially_refunded', 'refunded', 'voided', 'declined', 'expired', 'disputed'],
  declined: ['authorized', 'captured', 'partially_refunded', 'refunded', 'voided', 'expired', 'disputed'],
  authorized: ['captured', 'partially_refunded', 'refunded', 'voided', 'expired', 'disputed'],
  expired: ['captured', 'partially_refunded', 'refunded', 'voided', 'disputed'],
  voided: ['captured', 'partially_refunded', 'refunded', 'disputed'],
  captured: ['partially_refunded', 'refunded', 'disputed'],
  partially_refunded: ['refunded', 'disputed'],
  refunded: ['partially_refunded', 'disputed'],
  disputed: ['captured', 'partially_refunded', 'refunded'],
}; // prettier-ignore

/** Whether a payment may go from one status to another. */
export function isStep(from: PaymentStatus, to: PaymentStatus): boolean {
  return from === to || PAYMENT_STEPS[from].includes(to);
}

/**
 * The status that follows from amounts and stage. Captured money counts first: whatever was reported before, it came in.
 *
 * @example
 * statusOf({ stage: 'failed', authorizedAmount: 10, capturedAmount: 10, refundedAmount: 0, dispute: 'none' }) // 'captured'
 */
export function statusOf(state: PaymentState): PaymentStatus {
  const { stage, authorizedAmount, capturedAmount, refundedAmount, dispute } = state;
  if (capturedAmount.greaterThan(0)) {
    if (dispute === 'open' || dispute === 'lost') return 'disputed';
    if (refundedAmount.greaterThanOrEqualTo(capturedAmount)) return 'refunded';
    return refundedAmount.greaterThan(0) ? 'partially_refunded' : 'captured';
  }
  if (stage === 'voided' || stage === 'expired') return stage;
  if (authorizedAmount.greaterThan(0)) return 'authorized';
  return stage === 'open' ? 'pending' : stage;
}

/** The stage that a status stands for; if the status hides it, the amounts decide without it. */
export function stageOf(status: PaymentStatus): PaymentStage {
  return (STAGES as readonly string[]).includes(status) ? (status as PaymentStage) : 'open';
}

/** Joins what is known with a report: each value keeps the larger value, so that neither order nor repetition matters. */
export function mergeStates(known: PaymentState, reported: PaymentState): PaymentState {
  const refundedAmount = Decimal.max(known.refundedAmount, reported.refundedAmount);
  // An event may report a refund before the event of its capture arrives.
  const capturedAmount = Decimal.max(known.capturedAmount, reported.capturedAmount, refundedAmount);
  return {
    stage: later(STAGES, known.stage, reported.stage),
    authorizedAmount: Decimal.max(known.authorizedAmount, reported.authorizedAmount, capturedAmount),
    capturedAmount,
    refundedAmount,
    dispute: later(DISPUTES, known.dispute, reported.dispute),
  };
}

function later<Value>(order: readonly Value[], one: Value, other: Value): Value {
  return order.indexOf(one) >= order.indexOf(other) ? one : other;
}

/** A caller's command on a payment. */
export type PaymentCommand = 'confirm' | 'capture' | 'void' | 'refund';

const COMMANDS: Readonly<Record<PaymentCommand, { from: readonly PaymentStatus[]; passive: string }>> = {
  confirm: { from: ['requires_action'], passive: 'confirmed' },
  capture: { from: ['authorized'], passive: 'captured' },
  void: { from: ['pending', 'requires_action', 'authorized'], passive: 'voided' },
  refund: { from: ['captured', 'partially_refunded'], passive: 'refunded' },
};

/** The commands that a status permits, in the order of the table. */
function commandsIn(status: PaymentStatus): PaymentCommand[] {
  return (Object.keys(COMMANDS) as PaymentCommand[]).filter((command) =>
    COMMANDS[command].from.includes(status),
  );
}

/** @throws PosProError 409 ILLEGAL_STATE that names the status and the commands that it permits. */
export function assertCommand(payment: { id: string; status: PaymentStatus }, command: PaymentCommand): void {
  const { id, status } = payment;
  if (COMMANDS[command].from.includes(status)) return;
  throw new PosProError(
    'ILLEGAL_STATE',
    `Payment ${id} is ${status} and cannot be ${COMMANDS[command].passive}.`,
    { details: { status, allowed: commandsIn(status) } },
  );
}
