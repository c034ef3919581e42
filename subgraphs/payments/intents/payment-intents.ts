/** Payments through a provider: reserved before it is asked, and changed by what it reports. */
import { isDeepStrictEqual } from 'node:util';
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { invariant, notFound, PosProError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { formatMoney } from '#kernel/money';
import { paymentChanged } from '../events';
import type { ProviderReport } from '../providers/provider';
import { paymentIntents, type NewPaymentIntent, type PaymentIntentRow } from '../tables.generated';
import { NEW_STATE, isStep, mergeStates, stageOf, statusOf, type PaymentState } from './payment-states.rules';

/** Time in which an order must name a payment that was taken without one. After it, the money goes back to the customer. */
const CLAIM_WITHIN_MS = 24 * 3_600_000;

/** The part of a payment that the caller decides. */
export type IntentTerms = Pick<
  NewPaymentIntent,
  | 'branchId'
  | 'customerId'
  | 'orderId'
  | 'method'
  | 'provider'
  | 'amount'
  | 'currency'
  | 'captures'
  | 'reference'
>;

/** Writes a new payment. The provider is asked after the commit. */
export async function insertIntent(
  tx: Transaction,
  ctx: RequestContext,
  terms: IntentTerms,
): Promise<PaymentIntentRow> {
  // Money that a cashier took is with the cashier: no provider can refund it.
  const expires = terms.orderId == null && terms.provider !== 'manual';
  const intent = paymentIntents.complete({
    ...terms,
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    status: 'pending',
    expiresAt: expires ? new Date(tx.now.getTime() + CLAIM_WITHIN_MS) : null,
    userId: userOf(ctx),
    createdAt: tx.now,
    updatedAt: tx.now,
  });
  await tx.run(paymentIntents.insert(intent));
  emitPaymentChanged(tx, intent);
  return intent;
}

/** @throws PosProError 404 */
export async function requireIntent(db: Queryable, id: string): Promise<PaymentIntentRow> {
  const [intent] = await intentsByIds(db, [id]);
  if (!intent) throw notFound('payment', id);
  return intent;
}

/** The payments through a provider among these ids. */
export function intentsByIds(db: Queryable, ids: readonly string[]): Promise<PaymentIntentRow[]> {
  return db.many<PaymentIntentRow>(sql`
    select ${paymentIntents.select('i')} from payment_intents i where i.id = any(${ids.filter(isUuid)}::uuid[])`);
}

/** The payments of an order that have no money yet, or no more. */
export function intentsOfOrders(db: Queryable, orderIds: readonly string[]): Promise<PaymentIntentRow[]> {
  return db.many<PaymentIntentRow>(sql`
    select ${paymentIntents.select('i')} from payment_intents i where i.order_id = any(${orderIds.filter(isUuid)}::uuid[])
    order by i.created_at, i.id`);
}

/** The same row, locked until the commit. @throws PosProError 404. */
export async function lockIntent(tx: Transaction, id: string): Promise<PaymentIntentRow> {
  const intent = isUuid(id)
    ? await tx.maybeOne<PaymentIntentRow>(sql`
        select ${paymentIntents.select('i')} from payment_intents i where i.id = ${id} for no key update`)
    : undefined;
  if (!intent) throw notFound('payment', id);
  return intent;
}

/** A part of a provider's report; omitted parts are unknown. */
export type IntentReport = Partial<PaymentState> & Partial<Omit<ProviderReport, keyof PaymentState>>;

/**
 * Joins a locked payment with a report, and stores what has changed. Emits "payment.changed".
 * @returns the row after it.
 */
export async function applyReport(
  tx: Transaction,
  before: PaymentIntentRow,
  report: IntentReport,
): Promise<PaymentIntentRow> {
  const state = mergeStates(stateOf(before), { ...NEW_STATE, ...report });
  const status = statusOf(state);
  invariant(isStep(before.status, status), `a payment went from ${before.status} to ${status}`);
  const isWaiting = status === 'requires_action';
  const { authorizedAmount, capturedAmount, refundedAmount, dispute } = state;
  const after: PaymentIntentRow = {
    ...before,
    authorizedAmount,
    capturedAmount,
    refundedAmount,
    dispute,
    status,
    providerReference: before.providerReference ?? report.reference ?? null,
    declineCode:
      status === 'declined' || status === 'failed' ? (report.declineCode ?? before.declineCode) : null,
    nextAction: isWaiting ? (report.nextAction ?? before.nextAction) : null,
    card: report.card ?? before.card,
    fee: report.fee ?? before.fee,
    updatedAt: tx.now,
  };
  if (isDeepStrictEqual({ ...after, updatedAt: before.updatedAt }, before)) return before;
  await tx.run(sql`update payment_intents set ${paymentIntents.set(after)} where id = ${before.id}`);
  if (isNews(before, after)) emitPaymentChanged(tx, after);
  return after;
}

function stateOf(intent: PaymentIntentRow): PaymentState {
  const { authorizedAmount, capturedAmount, refundedAmount, dispute } = intent;
  return { stage: stageOf(intent.status), authorizedAmount, capturedAmount, refundedAmount, dispute };
}

function isNews(before: PaymentIntentRow, after: PaymentIntentRow): boolean {
  return (
    before.status !== after.status ||
    before.orderId !== after.orderId ||
    !before.capturedAmount.equals(after.capturedAmount) ||
    !before.refundedAmount.equals(after.refundedAmount)
  );
}

export function emitPaymentChanged(tx: Transaction, intent: PaymentIntentRow): void {
  const { id, branchId, orderId, status, currency } = intent;
  const amounts = {
    amount: intent.amount,
    capturedAmount: intent.capturedAmount,
    refundedAmount: intent.refundedAmount,
  };
  const texts = Object.fromEntries(
    Object.entries(amounts).map(([name, amount]) => [name, formatMoney(amount, currency)]),
  ) as Record<keyof typeof amounts, string>;
  const payload = { paymentId: id, orderId, status, currency, ...texts };
  tx.emit(paymentChanged({ key: id, branchId, payload }));
}

/** Whether a payment has ended without money. */
export function isRejected({ status }: Pick<PaymentIntentRow, 'status'>): boolean {
  return status === 'declined' || status === 'failed' || status === 'voided' || status === 'expired';
}

/** The error of a payment that was not taken. The caller may ask the customer for another one. */
export function declinedError({ id, declineCode, status }: PaymentIntentRow): PosProError {
  return new PosProError(
    'PAYMENT_DECLINED',
    `The payment was ${status}: ${declineCode ?? 'no reason was given'}.`,
    {
      details: { paymentId: id, status, declineCode },
    },
  );
}
