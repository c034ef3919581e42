/** Payments of orders that were placed: each reduces the amount due, and the one that covers it accepts a pending order. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { sum, type Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { formatMoney } from '#kernel/money';
import { businessDay } from '#kernel/business-day.rules';
import { sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { postCredit } from '#subgraphs/customers/index';
import { assertTendersAccepted, recordPayments, type PaymentRow } from '#subgraphs/payments/index';
import { postToSession, type OpenSession } from '#subgraphs/registers/index';
import { acceptOrder } from '../fulfilment/confirm-order';
import { issuePaidGiftCards } from '../fulfilment/issue-gift-cards';
import { keepGoods } from '../fulfilment/order-stock';
import { fieldIssue, throwIssues, type Issue } from '../issues.rules';
import type { FullOrder, OrderRow } from '../model';
import { dueAmount } from '../order/order-balance.rules';
import { actionsIn } from '../order/order-states.rules';
import type { SaleTender } from '../pricing/settlement.rules';
import { paymentEntry } from '../order/session-entries.rules';
import { dayPaymentsPart, dayTaxesPart } from '../reports/day-totals';
import type { PrepaidTax } from '../stored-value/prepaid-tax.rules';
import { redeemTenders } from '../stored-value/redeem-tenders';
import { orders } from '../tables.generated';

/** The order after a payment, and the payments that were added. */
export interface PaidOrder {
  order: FullOrder;
  payments: PaymentRow[];
}

/**
 * Adds payments to an order that was placed, inside the caller's transaction: for example once a provider has captured an amount.
 *
 * Lock the order first with `lockOrder`, and pass what it returned. The payments are stored and added to the totals of the present
 * business day; those on account, with gift cards and with store credit are posted to their ledgers; those at a register to its session;
 * and if nothing is due any more, a pending order is confirmed, and gift cards are issued. Locks in this order: the customer's account, gift cards, store credit, the
 * session. A payment through a provider is named by its id as the reference, once the provider has answered.
 *
 * @param session the register session that receives the payments; undefined outside of a register.
 * @example
 * await transact(ctx, async (tx) => {
 *   const order = await lockOrder(tx, orderId);
 *   return addOrderPayment(tx, ctx, order, [{ method: 'card', amount, reference: intent.id }]);
 * });
 *
 * @throws PosProError 409 ILLEGAL_STATE for an order that takes no payment, INSUFFICIENT_STOCK if its reservation has ended and its goods are
 * sold; 422 OVERPAID for more than is due, and for cash without a session; as postCredit and redeemTenders.
 */
export async function addOrderPayment(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  tenders: readonly SaleTender[],
  session?: OpenSession,
): Promise<PaidOrder> {
  assertPayable(order);
  throwIssues(paymentIssues(order, tenders, dueAmount(order), session));
  const terms = await sellingTerms(tx, order.branchId);
  const { payments, prepaidTaxes } = await receivePayments(tx, ctx, order, terms, tenders, session);
  const today = { ...order, businessDate: businessDay(tx.now, terms.timeZone) };
  const paid = order.paid.plus(sum(tenders.map(({ amount }) => amount)));
  // Once a part was paid at a register, the goods are kept until the rest comes.
  const kept = session && order.status === 'pending' ? { holdsUntil: null } : {};
  const row = await tx.one<OrderRow>(sql`
    with ${dayPaymentsPart(today, payments)}, ${dayTaxesPart(today, prepaidTaxes)}
    update orders set ${orders.set({ paid, ...kept, updatedAt: tx.now })} where id = ${order.id}::uuid returning ${orders.columns}`);
  const after = await acceptPaid(tx, ctx, { ...order, ...row }, terms);
  if (session && after.status === 'pending') await keepGoods(tx, ctx, after, null);
  return { order: after, payments };
}

/** Confirms a pending order if nothing is due for it any more, and issues the gift cards of one that is a sale. */
export async function acceptPaid(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  terms: SellingTerms,
): Promise<FullOrder> {
  if (order.status !== 'pending') return (await issuePaidGiftCards(tx, ctx, order)).order;
  return dueAmount(order).greaterThan(0) ? order : acceptOrder(tx, ctx, order, terms);
}

/** @throws PosProError 409 ILLEGAL_STATE for an order that takes no payment: a return, one that was given up, and one that was paid. */
export function assertPayable({ number, kind, status, currency, ...order }: FullOrder): void {
  const due = dueAmount({ kind, ...order });
  if (kind === 'sale' && due.greaterThan(0) && status !== 'cancelled' && status !== 'draft') return;
  const message = `Order ${number} is ${status} and nothing is due for it.`;
  const details = { status, due: formatMoney(due, currency), allowed: actionsIn(status) };
  throw new PosProError('ILLEGAL_STATE', message, { details });
}

/** The issues of payments for an order of which an amount is due. */
export function paymentIssues(
  { currency, customerId }: Pick<OrderRow, 'currency' | 'customerId'>,
  tenders: readonly SaleTender[],
  due: Decimal,
  session?: OpenSession,
): Issue[] {
  const issues = tenders.flatMap(({ method, amount, giftCardId }, index) => {
    const field = `payments.${index}`;
    if (method === 'cash' && !session)
      return [fieldIssue(`${field}.method`, 'Cash is received at a register.', 'REGISTER_REQUIRED')];
    if ((method === 'credit' || method === 'store_credit') && customerId === null)
      return [fieldIssue('customerId', 'An account requires a customer.', 'REQUIRED')];
    if (method === 'gift_card' && giftCardId === undefined)
      return [
        fieldIssue(`${field}.method`, 'Pay the placed order with the code of the gift card.', 'INVALID'),
      ];
    return amount.greaterThan(0)
      ? []
      : [fieldIssue(`${field}.amount`, 'Must be above zero.', 'NOT_POSITIVE')];
  });
  if (issues.length > 0 || !sum(tenders.map(({ amount }) => amount)).greaterThan(due)) return issues;
  const message = `The payments exceed the amount due of ${formatMoney(due, currency)} ${currency}.`;
  const details = { due: formatMoney(due, currency) };
  return [{ ...fieldIssue('payments', message, 'OVERPAID'), details }];
}

/** Payments that were received, and the tax that single-purpose gift cards among them had paid. */
export interface ReceivedPayments {
  payments: PaymentRow[];
  prepaidTaxes: readonly PrepaidTax[];
}

/** Stores payments of an order, and posts those on account, with stored value and at a register. */
export async function receivePayments(
  tx: Transaction,
  ctx: RequestContext,
  order: Pick<OrderRow, 'id' | 'customerId' | 'channel'>,
  terms: SellingTerms,
  tenders: readonly SaleTender[],
  session?: OpenSession,
): Promise<ReceivedPayments> {
  if (tenders.length === 0) return { payments: [], prepaidTaxes: [] };
  const { id, customerId, channel } = order;
  const { branchId, currency } = terms;
  // The price of removed goods pays for a supplement whatever methods the shop accepts.
  const received = tenders.filter(({ method }) => method !== 'exchange');
  await assertTendersAccepted(tx, received, 'payments', { branchId, channel, currency });
  for (const { amount, reference } of tenders.filter(({ method }) => method === 'credit')) {
    const subject = { referenceType: 'order', referenceId: id, reference: reference ?? null, branchId };
    await postCredit(tx, ctx, { customerId: customerId!, amount, kind: 'sale', ...subject });
  }
  const given = tenders.map((tender) => ({ ...tender, reference: tender.reference ?? null }));
  const paid = await redeemTenders(tx, ctx, given, { terms, orderId: id, branchId, customerId });
  const payments = await recordPayments(tx, ctx, {
    orderId: id,
    registerSessionId: session?.id ?? null,
    branchId,
    currency,
    customerId,
    tenders: paid.tenders,
  });
  if (session) await postToSession(tx, session.id, paymentEntry(payments, paid.prepaidTaxes));
  return { payments, prepaidTaxes: paid.prepaidTaxes };
}
