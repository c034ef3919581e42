/**
 * Settles answers and webhooks of providers, in a transaction of its own. Both join the same state, so that it does not matter which
 * comes first, or how often.
 */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { sum } from '#kernel/decimal';
import type { PaymentStatus } from '../inputs.generated';
import type { ProviderAnswer, ProviderEvent, ProviderReport } from '../providers/provider';
import {
  paymentAttempts,
  paymentEvents,
  type PaymentAttemptRow,
  type PaymentIntentRow,
} from '../tables.generated';
import {
  attemptsOfIntents,
  insertAttempt,
  refundableIntentAmount,
  type ProviderTask,
} from './payment-attempts';
import { applyReport, lockIntent, type IntentReport } from './payment-intents';
import { markRefundFailed, updatePaymentStatus } from './recorded-payments';

/** After this time without a final answer, a payment has failed; a late answer still settles it. */
const GIVE_UP_AFTER_MS = 20 * 3_600_000;
const FIRST_PAUSE_MS = 2_000;
const LONGEST_PAUSE_MS = 10 * 60_000;

/** A settled answer. */
export interface SettledPayment {
  readonly intent: PaymentIntentRow;
  /** Requests that follow from it, to be sent after the commit. */
  readonly followUps: readonly PaymentAttemptRow[];
}

/**
 * Settles the answer to a request. An answer that was settled before changes nothing.
 * Emits "payment.changed" for a changed status or amount.
 */
export async function settleAttempt(
  tx: Transaction,
  ctx: RequestContext,
  task: ProviderTask,
  answer: ProviderAnswer,
): Promise<SettledPayment> {
  const before = await lockIntent(tx, task.intent.id);
  const attempts = await attemptsOfIntents(tx, [before.id]);
  const attempt = attempts.find(({ id }) => id === task.attempt.id)!;
  const isFirst = attempt.status === 'open';
  const outcome = outcomeOf(tx, attempt, answer);
  if (isFirst) await updateAttempt(tx, attempt.id, outcome);
  if (attempt.kind === 'refund' && outcome.status === 'rejected') await markRefundFailed(tx, attempt.id);
  const report = isFirst ? reportOf(attempt, outcome, answer) : reported(answer);
  const refunds = attempts
    .map((one) => (one.id === attempt.id && isFirst ? { ...one, ...outcome } : one))
    .filter(({ kind, status }) => kind === 'refund' && status === 'succeeded');
  return settle(tx, ctx, before, withRefunds(report, refunds));
}

/** Joins the refunds that were answered, each counted once, with the sum that a report may know. */
function withRefunds(report: IntentReport, refunds: readonly PaymentAttemptRow[]): IntentReport {
  const answered = sum(refunds.map(({ amount }) => amount));
  const { refundedAmount } = report;
  return { ...report, refundedAmount: refundedAmount?.greaterThan(answered) ? refundedAmount : answered };
}

/**
 * Settles a verified event, once for each of its ids: the id is stored with its effects. Undefined for an event that was settled before
 * or does not concern payments.
 */
export async function settleEvent(
  tx: Transaction,
  ctx: RequestContext,
  paymentId: string,
  event: ProviderEvent,
): Promise<SettledPayment | undefined> {
  const before = await lockIntent(tx, paymentId);
  const received = {
    organizationId: tx.organizationId,
    provider: before.provider,
    eventId: event.id,
    receivedAt: tx.now,
  };
  const isFirst = await tx.run(sql`${paymentEvents.insert(received)} on conflict do nothing`);
  return isFirst > 0 && event.report ? settle(tx, ctx, before, event.report) : undefined;
}

/**
 * Ends a payment for which no order waits: an authorization is voided, and captured money refunded, once.
 * @throws PosProError 404.
 */
export async function abandonPayment(
  tx: Transaction,
  ctx: RequestContext,
  paymentId: string,
): Promise<SettledPayment> {
  return abandon(tx, ctx, await lockIntent(tx, paymentId));
}

/** The same for a payment that no order has named in time; one that was named in the meantime stays. */
export async function abandonUnclaimed(
  tx: Transaction,
  ctx: RequestContext,
  paymentId: string,
): Promise<SettledPayment> {
  const intent = await lockIntent(tx, paymentId);
  return intent.orderId === null ? abandon(tx, ctx, intent) : { intent, followUps: [] };
}

/** @param nextAskAt when the worker sends the requests that follow. By default the caller sends them. */
export async function abandon(
  tx: Transaction,
  ctx: RequestContext,
  intent: PaymentIntentRow,
  nextAskAt?: Date,
): Promise<SettledPayment> {
  const abandonedAt = intent.abandonedAt ?? tx.now;
  await tx.run(sql`update payment_intents set abandoned_at = ${abandonedAt} where id = ${intent.id}`);
  const abandoned = { ...intent, abandonedAt };
  return { intent: abandoned, followUps: await endAbandoned(tx, ctx, abandoned, nextAskAt) };
}

async function settle(
  tx: Transaction,
  ctx: RequestContext,
  before: PaymentIntentRow,
  report: IntentReport,
): Promise<SettledPayment> {
  const intent = await applyReport(tx, before, report);
  if (intent.orderId !== null) await updatePaymentStatus(tx, intent);
  const isWaiting = intent.status === 'pending' || intent.status === 'requires_action';
  if (!isWaiting) await closeAuthorization(tx, intent);
  return { intent, followUps: await endAbandoned(tx, ctx, intent) };
}

/** The answer may have come with a webhook: the request is no longer sent again, and the card's token is no longer needed. */
async function closeAuthorization(tx: Transaction, { id, status }: PaymentIntentRow): Promise<void> {
  const result = status === 'failed' || status === 'declined' ? 'rejected' : 'succeeded';
  await tx.run(sql`
    update payment_attempts set status = ${result}, settled_at = ${tx.now}, next_ask_at = null, card_token = null
    where intent_id = ${id} and kind in ('authorize', 'confirm') and status = 'open'`);
}

async function endAbandoned(
  tx: Transaction,
  ctx: RequestContext,
  intent: PaymentIntentRow,
  nextAskAt?: Date,
): Promise<PaymentAttemptRow[]> {
  if (intent.abandonedAt === null || intent.providerReference === null) return [];
  const details = { abandons: true, ...(nextAskAt && { nextAskAt }) };
  if (VOIDABLE.includes(intent.status))
    return present(await insertAttempt(tx, ctx, intent, 'void', intent.amount, details));
  const left = await refundableIntentAmount(tx, intent);
  return left.isZero() || intent.status === 'disputed'
    ? []
    : present(await insertAttempt(tx, ctx, intent, 'refund', left, details));
}

const VOIDABLE: readonly PaymentStatus[] = ['pending', 'requires_action', 'authorized'];

const present = <Value>(value: Value | undefined): Value[] => (value === undefined ? [] : [value]);

// --- Outcomes ---

type Outcome = Partial<PaymentAttemptRow> & Pick<PaymentAttemptRow, 'status'>;

function outcomeOf(tx: Transaction, attempt: PaymentAttemptRow, answer: ProviderAnswer): Outcome {
  const asks = attempt.asks + 1;
  const settled = { asks, settledAt: tx.now, nextAskAt: null, cardToken: null };
  if (answer.kind === 'rejected')
    return { ...settled, status: 'rejected', errorCode: answer.code, errorMessage: answer.message };
  if (answer.kind === 'report' && answer.report.stage === 'declined')
    return { ...settled, status: 'rejected', errorCode: answer.report.declineCode ?? null };
  if (answer.kind === 'report' && !isUndecided(attempt, answer.report))
    return { ...settled, status: 'succeeded', providerReference: answer.refundReference ?? null };
  if (tx.now.getTime() - attempt.createdAt.getTime() > GIVE_UP_AFTER_MS)
    return {
      ...settled,
      status: 'rejected',
      errorCode: 'timeout',
      errorMessage: 'The provider did not decide.',
    };
  // The customer takes minutes, and confirms or causes a webhook then.
  const isWaiting = answer.kind === 'report' && answer.report.stage === 'requires_action';
  const pauseMs = isWaiting
    ? LONGEST_PAUSE_MS
    : Math.min(FIRST_PAUSE_MS * 2 ** attempt.asks, LONGEST_PAUSE_MS);
  return { status: 'open', asks, nextAskAt: new Date(tx.now.getTime() + pauseMs) };
}

/** An authorization is looked at again until the provider or the customer has decided. */
function isUndecided({ kind }: PaymentAttemptRow, { stage }: ProviderReport): boolean {
  return (kind === 'authorize' || kind === 'confirm') && (stage === 'pending' || stage === 'requires_action');
}

/** A rejected authorization is a failed payment; a rejected command leaves the payment as the provider knows it. */
function reportOf(
  { kind }: PaymentAttemptRow,
  { status, errorCode }: Outcome,
  answer: ProviderAnswer,
): IntentReport {
  const report = reported(answer);
  if (status !== 'rejected' || kind !== 'authorize' || report.stage === 'declined') return report;
  return { ...report, stage: 'failed', declineCode: errorCode ?? null };
}

function reported(answer: ProviderAnswer): IntentReport {
  return 'report' in answer ? (answer.report ?? {}) : {};
}

async function updateAttempt(tx: Transaction, id: string, outcome: Outcome): Promise<void> {
  await tx.run(sql`update payment_attempts set ${paymentAttempts.set(outcome)} where id = ${id}`);
}
