/** Settles a payment through a provider, and lets its order follow in the same transaction. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import {
  abandonPayment,
  isRejected,
  paymentsOfOrders,
  type PaymentIntentRow,
  type SettledPayment,
} from '#subgraphs/payments/index';
import { isCheckoutPayment } from '../cart/reopen-cart';
import { postCancellation } from '../fulfilment/cancel-order';
import { issuePaidGiftCards } from '../fulfilment/issue-gift-cards';
import type { FullOrder } from '../model';
import { actionsIn } from '../order/order-states.rules';
import { lockOrder } from '../order/orders.queries';
import { addOrderPayment } from '../placing/order-payments';
import { correctOrder } from './correct-order';

/** A settled payment, and the error for which its order could not take it; the money then goes back. */
export type SettledOrderPayment = SettledPayment & { refusal?: PosProError };

/** Changes the order of a settled payment. */
type Follow = (tx: Transaction, order: FullOrder, settled: SettledPayment) => Promise<SettledOrderPayment>;

/**
 * Settles a payment. Money that came in, or is held, pays the order for which the payment was taken; the order that is paid is confirmed.
 * If the order cannot take it any more, because it was cancelled or its goods were sold meanwhile, the payment is voided or refunded, and
 * an order that waited for it is cancelled. A declined payment of a checkout opens the cart again. A payment that is lost after it was
 * counted is due again.
 * @param settle settles an answer or an event; answers undefined for one that was settled before.
 */
export async function settlePayment(
  ctx: RequestContext,
  { orderId }: Pick<PaymentIntentRow, 'orderId'>,
  settle: (tx: Transaction) => Promise<SettledPayment | undefined>,
): Promise<SettledOrderPayment | undefined> {
  if (orderId === null) return transact(ctx, settle);
  /** The order is locked before its payment, as for every cancellation. */
  const settleWith = (follow: Follow): Promise<SettledOrderPayment | undefined> =>
    transact(ctx, async (tx) => {
      const order = await lockOrder(tx, orderId);
      const settled = await settle(tx);
      return settled && follow(tx, order, settled);
    });
  try {
    return await settleWith((tx, order, settled) => followPayment(tx, ctx, order, settled));
  } catch (error) {
    if (!(error instanceof PosProError) || error.retry) throw error;
    const settled = await settleWith((tx, order, after) => returnPayment(tx, ctx, order, after, error));
    return settled && { ...settled, refusal: error };
  }
}

async function followPayment(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  settled: SettledPayment,
): Promise<SettledOrderPayment> {
  const { intent } = settled;
  const { id, status, method, capturedAmount, authorizedAmount, abandonedAt } = intent;
  const recorded = (await paymentsOfOrders(tx, [order.id])).get(order.id) ?? [];
  const payment = recorded.find((one) => one.id === id);
  if (payment) {
    const corrected = await correctOrder(tx, ctx, order, payment, { recorded, intent });
    // Gift cards wait until the money that was held for them is captured.
    if (status === 'captured') await issuePaidGiftCards(tx, ctx, corrected);
    return settled;
  }
  const hasMoney = status === 'captured' || status === 'authorized';
  if (abandonedAt !== null) return hasMoney ? { ...settled, refusal: givenUp(order) } : settled;
  if (hasMoney) {
    const amount = status === 'captured' ? capturedAmount : authorizedAmount;
    await addOrderPayment(tx, ctx, order, [{ method, amount, reference: id }]);
  } else if (
    isRejected({ status }) &&
    order.status === 'pending' &&
    (await isCheckoutPayment(tx, order.id, id))
  )
    await postCancellation(tx, ctx, order.id, { reason: 'The payment was declined.' });
  return settled;
}

function givenUp({ number, status }: FullOrder): PosProError {
  const message = `Order ${number} was given up before its payment arrived. The money goes back.`;
  return new PosProError('ILLEGAL_STATE', message, { details: { status, allowed: actionsIn(status) } });
}

/** The money goes back, and an order that waits for goods that others have bought is cancelled. */
async function returnPayment(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  { intent }: SettledPayment,
  { code }: PosProError,
): Promise<SettledPayment> {
  const returned = await abandonPayment(tx, ctx, intent.id);
  if (order.status === 'pending' && code === 'INSUFFICIENT_STOCK')
    await postCancellation(tx, ctx, order.id, { reason: 'The goods were sold before the payment arrived.' });
  return returned;
}
