/** Corrections of recorded payments, whose provider lost money that it held, or captured it after all. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { sum, ZERO, type Decimal } from '#kernel/decimal';
import { isRejected } from './intents/payment-intents';
import { insertPayments } from './payments';
import type { PaymentIntentRow, PaymentRow } from './tables.generated';

/** Whether a row corrects a payment: it deducts money that the provider never captured, or restores what it captured after all. */
export function isCorrection({ refundedPaymentId, status }: PaymentRow): boolean {
  return refundedPaymentId !== null && status === 'voided';
}

/**
 * The amount by which the recorded money of a payment has to change, so that it is what the provider reports: negative for money that was
 * held and then failed, expired or was voided; positive for money that was captured after that. Zero for a payment that was given up.
 *
 * @param recorded all payments of the order.
 */
export function correctionOf(
  payment: PaymentRow,
  recorded: readonly PaymentRow[],
  intent: Pick<PaymentIntentRow, 'status' | 'capturedAmount' | 'abandonedAt'>,
): Decimal {
  const corrections = recorded.filter((row) => row.refundedPaymentId === payment.id && isCorrection(row));
  const corrected = sum(corrections.map(({ amount }) => amount));
  if (isRejected(intent)) return payment.amount.minus(payment.refundedAmount).plus(corrected).negated();
  const isRestored = intent.capturedAmount.greaterThan(0) && intent.abandonedAt === null;
  return isRestored ? corrected.negated() : ZERO;
}

/** A correction of a payment. */
interface Correction {
  amount: Decimal;
  /** The open register session that counted the payment. */
  registerSessionId: string | null;
}

/**
 * Corrects a recorded payment by a row of its own, because a payment is never changed. Nothing else moves: the caller changes the order.
 * @returns the row: `voided`, because no money moved.
 */
export async function correctPayment(
  tx: Transaction,
  ctx: RequestContext,
  payment: PaymentRow,
  { amount, registerSessionId }: Correction,
): Promise<PaymentRow> {
  const correction: PaymentRow = {
    ...payment,
    id: ctx.ids.next(),
    amount,
    status: 'voided',
    refundedAmount: ZERO,
    refundedPaymentId: payment.id,
    registerSessionId,
    userId: userOf(ctx) ?? null,
    createdAt: tx.now,
  };
  await tx.run(insertPayments([correction]));
  if (amount.greaterThan(0)) {
    await tx.run(sql`
      update payments set status = case refunded_amount when 0 then 'captured' else 'partially_refunded' end
      where order_id = ${payment.orderId} and id = ${payment.id}`);
  }
  return correction;
}
