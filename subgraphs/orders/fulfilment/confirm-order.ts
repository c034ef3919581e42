/** Accepting orders: a pending order becomes a sale, by a person or by the payment of the amount due. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { textErrors, throwFieldErrors } from '#kernel/validation';
import { sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { postVendorSale } from '#subgraphs/vendors/index';
import { earnPoints } from '../benefits/take-benefits';
import type { OrderStepInput } from '../inputs.generated';
import type { FullOrder } from '../model';
import { emitSaleCompleted } from '../order/order-events';
import { nextStatus } from '../order/order-states.rules';
import { takeStep } from '../order/order-steps';
import { lockOrder } from '../order/orders.queries';
import { dayTotalsParts } from '../reports/day-totals';
import { issuePaidGiftCards } from './issue-gift-cards';
import { keepGoods } from './order-stock';

/**
 * Accepts a pending order.
 * @throws PosProError 404; 409 ILLEGAL_STATE, and INSUFFICIENT_STOCK if its reservation has ended and the goods are sold.
 */
export async function confirmOrder(
  ctx: RequestContext,
  id: string,
  input: OrderStepInput,
): Promise<FullOrder> {
  throwFieldErrors(textErrors('reason', input.reason, { max: 500 }));
  const request = { id: id.toLowerCase(), ...input };
  return transact(
    ctx,
    async (tx) => {
      const order = await lockOrder(tx, id);
      return acceptOrder(tx, ctx, order, await sellingTerms(tx, order.branchId), input.reason);
    },
    { idempotent: { operation: 'confirmOrder', input: request } },
  );
}

/**
 * Makes a sale of a locked order: it adds to the totals of the present business day, earns points, and its goods stay reserved until they
 * are shipped. If it is paid in full, its gift cards are issued.
 * @throws PosProError as confirmOrder.
 */
export async function acceptOrder(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  { timeZone }: SellingTerms,
  reason?: string | null,
): Promise<FullOrder> {
  nextStatus(order, 'confirm');
  await keepGoods(tx, ctx, order, null);
  const pointsEarned = await earnPoints(tx, ctx, order);
  const changes = {
    pointsEarned,
    soldAt: tx.now,
    businessDate: businessDay(tx.now, timeZone),
    holdsUntil: null,
  };
  // The payments were counted when they came.
  const parts = dayTotalsParts({ ...order, ...changes }, { payments: [], timeZone, at: tx.now });
  const sold = await takeStep(tx, ctx, order, { action: 'confirm', reason, changes, parts });
  emitSaleCompleted(tx, sold, sold.lines.length);
  await postVendorSale(tx, ctx, sold, { soldAt: tx.now, delivered: false });
  return (await issuePaidGiftCards(tx, ctx, sold)).order;
}
