/** Payments of placed orders through a provider, before it is asked. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { PosProError, invalid } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import {
  insertAttempt,
  insertIntent,
  requireIntent,
  reserveCommand,
  undecidedAmount,
  type IntentTerms,
  type PaymentAttemptRow,
  type ProviderTask,
} from '#subgraphs/payments/index';
import { keepGoods } from '../fulfilment/order-stock';
import type { FullOrder } from '../model';
import { dueAmount } from '../order/order-balance.rules';
import { lockOrder } from '../order/orders.queries';
import { assertPayable } from '../placing/order-payments';
import { reservationEnd } from '../storefront/storefront-settings';
import { orders } from '../tables.generated';

/** The part of a payment that the caller decides; without an amount, all that is due. */
export type OrderPayment = Pick<IntentTerms, 'method' | 'provider' | 'captures' | 'reference'> & {
  amount?: IntentTerms['amount'] | null;
};

/**
 * Reserves a payment of a locked order; its provider is asked after the commit. Goods that are reserved until the order is paid are
 * reserved long enough for the answer.
 * @throws PosProError 409 ILLEGAL_STATE for an order that takes no payment, INSUFFICIENT_STOCK if its reservation has ended and its goods
 * are sold; 422 for more than is due, other payments that are not decided yet included.
 */
export async function reserveOrderPayment(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  { amount, ...payment }: OrderPayment,
  details: Pick<PaymentAttemptRow, 'cardToken' | 'returnUrl'>,
): Promise<PaymentAttemptRow> {
  assertPayable(order);
  const { id: orderId, branchId, currency, customerId } = order;
  const undecided = await undecidedAmount(tx, orderId);
  const due = dueAmount(order).minus(undecided);
  if (!due.greaterThan(0)) {
    const message = `The payment of order ${order.number} is not decided yet. Confirm or void it first.`;
    throw new PosProError('ILLEGAL_STATE', message, { details: { status: order.status } });
  }
  const asked = amount ?? due;
  if (asked.greaterThan(due)) {
    const shown = formatMoney(due, currency);
    throw invalid('amount', `At most ${shown} ${currency} is due for order ${order.number}.`, 'OVERPAID');
  }
  await prolongReservation(tx, ctx, order);
  const intent = await insertIntent(tx, ctx, {
    ...payment,
    amount: asked,
    orderId,
    branchId,
    currency,
    customerId,
  });
  const attempt = await insertAttempt(tx, ctx, intent, 'authorize', asked, details);
  return attempt!;
}

/**
 * Reserves the continuation of a payment after the customer's step.
 * @throws PosProError 404; 409 ILLEGAL_STATE, INSUFFICIENT_STOCK.
 */
export async function reserveConfirmation(
  tx: Transaction,
  ctx: RequestContext,
  paymentId: string,
): Promise<ProviderTask> {
  const { orderId } = await requireIntent(tx, paymentId);
  if (orderId !== null) {
    const order = await lockOrder(tx, orderId);
    if (order.status === 'pending') await prolongReservation(tx, ctx, order);
  }
  return reserveCommand(tx, ctx, { paymentId, command: 'confirm' });
}

/** The goods of an order that waits must not be sold while a provider is asked. */
async function prolongReservation(tx: Transaction, ctx: RequestContext, order: FullOrder): Promise<void> {
  if (order.status !== 'pending' || order.holdsUntil === null) return;
  const until = await reservationEnd(tx);
  if (until <= order.holdsUntil) return;
  await keepGoods(tx, ctx, order, until);
  await tx.run(
    sql`update orders set ${orders.set({ holdsUntil: until, updatedAt: tx.now })} where id = ${order.id}::uuid`,
  );
}
