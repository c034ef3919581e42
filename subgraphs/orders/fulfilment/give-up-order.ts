/** Gives up orders that were never a sale: nothing was sold, so there is no return. */
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { ZERO, sum } from '#kernel/decimal';
import type { SellingTerms } from '#subgraphs/auth/index';
import { releaseReservation } from '#subgraphs/inventory/index';
import { abandonPaymentsOfOrder, recordPayments } from '#subgraphs/payments/index';
import { openSessionFor, postToSession, type OpenSession } from '#subgraphs/registers/index';
import { tillTerms, type TillTerms } from '../basket/selling-terms';
import { releaseBenefits } from '../benefits/take-benefits';
import { reopenCart } from '../cart/reopen-cart';
import type { CancelOrderInput } from '../inputs.generated';
import { requireValue } from '../issues.rules';
import type { FullOrder } from '../model';
import { takeStep } from '../order/order-steps';
import { paymentEntry } from '../order/session-entries.rules';
import type { ReceivedPayments } from '../placing/order-payments';
import { refundablePayments } from '../refunds/refund-plan';
import { chosenTenders, refundTenders, type RefundTender } from '../refunds/refund-tenders.rules';
import { refundToAccount } from '../refunds/refund-to-account';
import { allReductions } from '../refunds/returned-reductions.rules';
import { dayPaymentsPart, dayTaxesPart } from '../reports/day-totals';
import { refundToStoredValue } from '../stored-value/refund-to-stored-value';
import { reservationOf } from './order-stock';

/**
 * Cancels a locked order that was never a sale: what was paid for it is refunded, and payments that are not decided yet are given up. The
 * cart that it was is open again.
 * @throws PosProError 409 REGISTER_CLOSED if cash has to be refunded and no register is open.
 */
export async function giveUpOrder(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  { reason, method, registerId }: Pick<CancelOrderInput, 'reason' | 'method' | 'registerId'>,
): Promise<FullOrder> {
  await releaseReservation(tx, reservationOf(order.id));
  await reopenCart(tx, ctx, order);
  await abandonPaymentsOfOrder(tx, ctx, order.id);
  const terms = await tillTerms(ctx, tx, order.branchId);
  const refundable = await refundablePayments(tx, order);
  const received = sum(refundable.map(({ left }) => left));
  const tendersBy = (of: TillTerms) =>
    requireValue(
      method == null ? refundTenders(of, received, refundable) : chosenTenders(of, received, { method }),
    ).tenders;
  const planned = tendersBy(terms);
  const needsSession = registerId != null || planned.some((tender) => tender.method === 'cash');
  const session = needsSession ? await openSessionFor(tx, ctx, registerId) : undefined;
  // The drawer may be that of a branch with other coins.
  const tenders = session ? tendersBy(await tillTerms(ctx, tx, session.branchId)) : planned;
  const refunds = await payOut(tx, ctx, order, terms, tenders, session);
  const today = { ...order, businessDate: businessDay(tx.now, terms.timeZone) };
  return takeStep(tx, ctx, order, {
    action: 'cancel',
    reason,
    changes: { refundedTotal: order.total, waivedTotal: order.total.minus(received), holdsUntil: null },
    parts: [
      sql`cancelled as (
        update order_lines set cancelled_quantity = quantity, refunded_amount = total where order_id = ${order.id}::uuid
      )`,
      dayPaymentsPart(today, refunds.payments),
      dayTaxesPart(today, refunds.prepaidTaxes),
    ],
  });
}

/** Refunds what was paid, and releases the benefits that were taken. */
async function payOut(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  terms: SellingTerms,
  tenders: readonly RefundTender[],
  session: OpenSession | undefined,
): Promise<ReceivedPayments> {
  const { id, branchId, currency, customerId } = order;
  const refunded = { orderId: id, branchId, customerId };
  await refundToAccount(tx, ctx, tenders, refunded);
  const { prepaidTaxes } = await refundToStoredValue(tx, ctx, tenders, { ...refunded, terms, reason: null });
  const payments = await recordPayments(tx, ctx, {
    orderId: id,
    registerSessionId: session?.id ?? null,
    branchId,
    currency,
    customerId,
    tenders: tenders.map((tender) => ({ ...tender, amount: tender.amount.negated() })),
  });
  await releaseBenefits(tx, ctx, { orderId: id, customerId }, terms, {
    reductions: allReductions(order),
    undoesUses: order.campaignUses > 0,
    kept: { remaining: ZERO, total: order.total },
  });
  if (session) await postToSession(tx, session.id, paymentEntry(payments, prepaidTaxes));
  return { payments, prepaidTaxes };
}
