/** Orders whose payment failed at its provider after it was counted: the amount is due again. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { formatMoney } from '#kernel/money';
import { sellingTerms } from '#subgraphs/auth/index';
import {
  correctPayment,
  correctionOf,
  type PaymentIntentRow,
  type PaymentRow,
} from '#subgraphs/payments/index';
import { postIfOpen } from '#subgraphs/registers/index';
import { throwIssues } from '../issues.rules';
import type { FullOrder, OrderRow } from '../model';
import { dueAmount } from '../order/order-balance.rules';
import { emitOrderChanged } from '../order/order-events';
import type { PaymentAction } from '../order/order-states.rules';
import { stepPart } from '../order/order-steps';
import { paymentEntry } from '../order/session-entries.rules';
import { acceptPaid, assertPayable, paymentIssues } from '../placing/order-payments';
import { dayPaymentsPart } from '../reports/day-totals';
import { orders } from '../tables.generated';

const FAILURES: Partial<Record<PaymentIntentRow['status'], string>> = {
  voided: 'was voided',
  expired: 'expired',
};

/**
 * Lets a locked order follow its recorded payment. A payment that failed, expired or was voided is deducted: its amount without refunds
 * is due again, on the present business day; the order keeps its state. One that its provider captured after all counts again, if the
 * amount is still due.
 *
 * The register session that counted the payment is corrected while it is open. A closed one keeps its Z-report.
 *
 * @param recorded all payments of the order.
 * @returns the order; the same if there is nothing to correct.
 * @throws PosProError 409 ILLEGAL_STATE, 422 OVERPAID if the order cannot take the money that was captured after all.
 */
export async function correctOrder(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  payment: PaymentRow,
  { recorded, intent }: { recorded: readonly PaymentRow[]; intent: PaymentIntentRow },
): Promise<FullOrder> {
  const { method, registerSessionId } = payment;
  const amount = correctionOf(payment, recorded, intent);
  if (amount.isZero()) return order;
  if (amount.greaterThan(0)) {
    assertPayable(order);
    throwIssues(paymentIssues(order, [{ method, amount }], dueAmount(order)));
  }
  const entry = paymentEntry([{ method, amount }], []);
  const isCounted = registerSessionId !== null && (await postIfOpen(tx, registerSessionId, entry));
  const correction = await correctPayment(tx, ctx, payment, {
    amount,
    registerSessionId: isCounted ? registerSessionId : null,
  });
  const terms = await sellingTerms(tx, order.branchId);
  const today = { ...order, businessDate: businessDay(tx.now, terms.timeZone) };
  const { action, reason } = stepOf(order, correction, intent);
  const step = { orderId: order.id, action, from: order.status, to: order.status, reason };
  const row = await tx.one<OrderRow>(sql`
    with ${stepPart(tx, ctx, step)}, ${dayPaymentsPart(today, [correction])}
    update orders set ${orders.set({ paid: order.paid.plus(amount), updatedAt: tx.now })} where id = ${order.id}::uuid
    returning ${orders.columns}`);
  emitOrderChanged(tx, row);
  const corrected = { ...order, ...row };
  return amount.greaterThan(0) ? acceptPaid(tx, ctx, corrected, terms) : corrected;
}

function stepOf(
  { currency }: FullOrder,
  { amount, method }: PaymentRow,
  { status }: PaymentIntentRow,
): { action: PaymentAction; reason: string } {
  const paid = `The payment of ${formatMoney(amount.abs(), currency)} ${currency} (${method})`;
  if (amount.greaterThan(0)) return { action: 'payment_restored', reason: `${paid} was captured after all.` };
  return { action: 'payment_failed', reason: `${paid} ${FAILURES[status] ?? 'failed'} at its provider.` };
}
