/**
 * The ledger of requests to providers. A request is written and committed before it is sent, so that a crash leaves a row that the
 * reconciler finds; its id is the provider's idempotency key.
 */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import { invalid, PosProError } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { paymentAttempts, type PaymentAttemptRow, type PaymentIntentRow } from '../tables.generated';
import { assertCommand, type PaymentCommand } from './payment-states.rules';
import { lockIntent } from './payment-intents';

export type AttemptKind = PaymentAttemptRow['kind'];

/** A request to a provider, with its payment. */
export interface ProviderTask {
  readonly intent: PaymentIntentRow;
  readonly attempt: PaymentAttemptRow;
}

/** Longer than a provider's time limit: another process takes over the request of a dead process after this time. */
export const LEASE_MS = 60_000;

/** Details of a request. */
type AttemptDetails = Partial<
  Pick<PaymentAttemptRow, 'id' | 'abandons' | 'cardToken' | 'returnUrl' | 'nextAskAt'>
>;

/** Writes a request. By default the caller sends it; the worker does after the lease. */
export async function insertAttempt(
  tx: Transaction,
  ctx: RequestContext,
  intent: Pick<PaymentIntentRow, 'id' | 'currency'>,
  kind: AttemptKind,
  amount: Decimal,
  details: AttemptDetails = {},
): Promise<PaymentAttemptRow | undefined> {
  const leased = new Date(tx.now.getTime() + LEASE_MS);
  const attempt = paymentAttempts.complete({
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    intentId: intent.id,
    kind,
    amount,
    currency: intent.currency,
    status: 'open',
    nextAskAt: leased,
    createdAt: tx.now,
    ...details,
  });
  const inserted = await tx.run(sql`${paymentAttempts.insert(attempt)} on conflict do nothing`);
  return inserted > 0 ? attempt : undefined;
}

/**
 * Reserves a command on a payment.
 *
 * @param amount of a capture or a refund; defaults to all that is left.
 * @throws PosProError 404; 409 ILLEGAL_STATE for another status, or while another request runs; 422 for an amount above what is left.
 */
export async function reserveCommand(
  tx: Transaction,
  ctx: RequestContext,
  {
    paymentId,
    command,
    amount,
  }: { paymentId: string; command: PaymentCommand; amount?: Decimal | null | undefined },
): Promise<ProviderTask> {
  const intent = await lockIntent(tx, paymentId);
  assertCommand(intent, command);
  const left = await amountLeft(tx, intent, command);
  const asked = amount ?? left;
  const available = () => formatMoney(left, intent.currency);
  if (asked.greaterThan(left))
    throw invalid('amount', `At most ${available()} ${intent.currency} can be ${command}ed.`, 'TOO_LARGE');
  const attempt = asked.isZero() ? undefined : await insertAttempt(tx, ctx, intent, command, asked);
  if (!attempt)
    throw new PosProError('ILLEGAL_STATE', `Payment ${intent.id} has a request that is still running.`, {
      details: { status: intent.status },
    });
  return { intent, attempt };
}

/** The amount that a command may still move; requests that run count as done. */
async function amountLeft(
  db: Queryable,
  intent: PaymentIntentRow,
  command: PaymentCommand,
): Promise<Decimal> {
  if (command === 'refund') return refundableIntentAmount(db, intent);
  return command === 'capture' ? intent.authorizedAmount : intent.amount;
}

/** The captured amount without refunds, done or running. */
export async function refundableIntentAmount(db: Queryable, intent: PaymentIntentRow): Promise<Decimal> {
  const refunds = await attemptsOfIntents(db, [intent.id]);
  const running = sum(
    refunds.filter(({ kind, status }) => kind === 'refund' && status === 'open').map((one) => one.amount),
  );
  const left = intent.capturedAmount.minus(intent.refundedAmount).minus(running);
  return left.isNegative() ? ZERO : left;
}

/** The requests of payments, the oldest first. */
export function attemptsOfIntents(db: Queryable, intentIds: readonly string[]): Promise<PaymentAttemptRow[]> {
  return db.many<PaymentAttemptRow>(sql`
    select ${paymentAttempts.select('a')} from payment_attempts a where a.intent_id = any(${intentIds}::uuid[])
    order by a.created_at, a.id`);
}

/** Whether a request of a payment waits for its first answer. */
export async function isBeingAsked(db: Queryable, paymentId: string): Promise<boolean> {
  const attempt = await db.maybeOne(sql`
    select a.id from payment_attempts a where a.intent_id = ${paymentId} and a.status = 'open' and a.asks = 0 limit 1`);
  return attempt !== undefined;
}

/** A request with its payment; undefined for an unknown id. */
export async function providerTask(db: Queryable, attemptId: string): Promise<ProviderTask | undefined> {
  const attempt = await db.maybeOne<PaymentAttemptRow>(sql`
    select ${paymentAttempts.select('a')} from payment_attempts a where a.id = ${attemptId}`);
  if (!attempt) return undefined;
  const intent = await db.one<PaymentIntentRow>(
    sql`select * from payment_intents where id = ${attempt.intentId}`,
  );
  return { attempt, intent };
}
