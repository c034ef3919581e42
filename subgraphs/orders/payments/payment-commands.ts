/** Commands on payments through providers. Each is reserved, sent and settled like the payment itself. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import type { Decimal } from '#kernel/decimal';
import { PosProError, invalid } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { amountErrors, throwFieldErrors } from '#kernel/validation';
import {
  abandonPayment,
  declinedError,
  isRejected,
  paymentsByIds,
  providerTask,
  refundableAmount,
  requireIntent,
  reserveCommand,
  type PaymentIntentRow,
} from '#subgraphs/payments/index';
import type { PaymentRefundInput } from '../inputs.generated';
import { reserveConfirmation } from './reserve-payment';
import { runAttempt, runAttempts } from './run-attempt';

/**
 * Continues a payment after the customer's step.
 * @throws PosProError 402 PAYMENT_DECLINED; 404; 409 ILLEGAL_STATE.
 */
export async function confirmPayment(ctx: RequestContext, id: string): Promise<PaymentIntentRow> {
  const payment = await command(ctx, 'confirmPayment', { id }, (tx) => reserveConfirmation(tx, ctx, id));
  if (isRejected(payment)) throw declinedError(payment);
  return payment;
}

/** Captures an authorization; that of an order by its amount in the order. @throws PosProError 404; 409 ILLEGAL_STATE; 422 for an amount above the authorized one. */
export function capturePayment(
  ctx: RequestContext,
  id: string,
  amount: Decimal | null | undefined,
): Promise<PaymentIntentRow> {
  return command(ctx, 'capturePayment', { id, amount }, async (tx) => {
    const payment = (await paymentsByIds(tx, [id])).get(id.toLowerCase());
    const counted = payment && refundableAmount(payment);
    // Of a payment that has failed the order counts on nothing, and its status rejects the command.
    const left = counted?.isZero() ? undefined : counted;
    if (payment && left && amount != null && !amount.equals(left)) {
      const message = `The order counts on ${formatMoney(left, payment.currency)} ${payment.currency}.`;
      throw invalid('amount', message, 'AMOUNT_MISMATCH');
    }
    return reserveAmount(tx, ctx, { paymentId: id, command: 'capture', amount: left ?? amount });
  });
}

/** Releases a payment; one without an answer is released as soon as the provider answers. @throws PosProError 404; 409 ILLEGAL_STATE. */
export async function voidPayment(ctx: RequestContext, id: string): Promise<PaymentIntentRow> {
  const { providerReference, status } = await requireIntent(ctx.db, id);
  if (providerReference === null && status === 'pending') {
    const { intent, followUps } = await transact(ctx, (tx) => abandonPayment(tx, ctx, id));
    return runAttempts(ctx, intent, followUps);
  }
  return command(ctx, 'voidPayment', { id }, async (tx) => {
    await assertNotRecorded(tx, id);
    return reserveCommand(tx, ctx, { paymentId: id, command: 'void' });
  });
}

/**
 * Refunds a payment without an order.
 * @throws PosProError 404; 409 ILLEGAL_STATE, also for the payment of an order; 422 for more than is left.
 */
export function refundPayment(ctx: RequestContext, input: PaymentRefundInput): Promise<PaymentIntentRow> {
  return command(ctx, 'refundPayment', input, async (tx) => {
    await requireIntent(tx, input.paymentId);
    await assertNotRecorded(tx, input.paymentId);
    return reserveAmount(tx, ctx, { ...input, command: 'refund' });
  });
}

/** @throws PosProError 409 ILLEGAL_STATE for a payment on which an order counts. */
async function assertNotRecorded(tx: Transaction, id: string): Promise<void> {
  const payment = (await paymentsByIds(tx, [id])).get(id.toLowerCase());
  if (!payment) return;
  const message = `Payment ${id} belongs to an order: cancel or refund the order.`;
  throw new PosProError('ILLEGAL_STATE', message, { details: { orderId: payment.orderId } });
}

type CommandRequest = Parameters<typeof reserveCommand>[2];
type Task = Awaited<ReturnType<typeof reserveCommand>>;

async function reserveAmount(tx: Transaction, ctx: RequestContext, request: CommandRequest): Promise<Task> {
  const { currency } = await requireIntent(tx, request.paymentId);
  if (request.amount != null) throwFieldErrors(amountErrors('amount', request.amount, currency, 'positive'));
  return reserveCommand(tx, ctx, request);
}

/** Reserves, sends and settles a command, once for each idempotency key. */
async function command(
  ctx: RequestContext,
  operation: string,
  input: object,
  reserve: (tx: Transaction) => Promise<Task>,
): Promise<PaymentIntentRow> {
  const idempotent = { operation, input };
  const attemptId = await transact(ctx, async (tx) => (await reserve(tx)).attempt.id, { idempotent });
  const task = await providerTask(ctx.db, attemptId);
  if (!ctx.reply.replayed) await runAttempt(ctx, task!);
  const { attempt, intent } = (await providerTask(ctx.db, attemptId))!;
  if (attempt.status !== 'rejected' || attempt.kind === 'confirm') return intent;
  throw new PosProError('ILLEGAL_STATE', `The provider rejected it: ${attempt.errorMessage}`, {
    details: { status: intent.status, providerCode: attempt.errorCode },
  });
}
