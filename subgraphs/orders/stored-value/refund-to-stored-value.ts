import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { invalid, PosProError } from '#kernel/errors';
import {
  giftCardsOfPayments,
  grantStoreCredit,
  insertGiftCard,
  postGiftCard,
  restoreStoreCredit,
  type GiftCard,
} from '#subgraphs/payments/index';
import type { PricingTerms } from '../pricing/pricing.rules';
import { prepaidTax, type PrepaidTax } from './prepaid-tax.rules';
import type { RefundTender } from '../refunds/refund-tenders.rules';
import { isStoredValue } from './stored-tenders.rules';

/** The issued gift cards without their codes, and the tax of single-purpose gift cards to which was refunded. */
export interface RefundedValue {
  giftCards: GiftCard[];
  prepaidTaxes: PrepaidTax[];
}

/** The return that is refunded. */
interface RefundedOrder {
  terms: PricingTerms;
  orderId: string;
  branchId: string;
  customerId: string | null;
  reason: string | null;
}

/**
 * Refunds the tenders of a return with stored value. What was paid with a gift card or store credit goes back there; a method that
 * the caller chose issues a new gift card, or grants store credit. Sends nothing without such tenders. Call it after the customer's
 * account and before the session (locks).
 * @throws PosProError 409 ILLEGAL_STATE for a gift card that is disabled or has expired, and for expired store credit; 422 for store
 * credit without a customer.
 */
export async function refundToStoredValue(
  tx: Transaction,
  ctx: RequestContext,
  tenders: readonly RefundTender[],
  order: RefundedOrder,
): Promise<RefundedValue> {
  const stored = tenders.filter(({ method }) => isStoredValue(method));
  if (stored.length === 0) return { giftCards: [], prepaidTaxes: [] };
  const cards = stored.filter(({ method }) => method === 'gift_card');
  const prepaidTaxes = await refundToCards(tx, ctx, cards, order);
  const issued = cards.filter(({ refundedPaymentId }) => refundedPaymentId === null);
  const { orderId, branchId, customerId, reason } = order;
  const { currency } = order.terms;
  const giftCards = issued.map(({ amount }) => {
    const card = {
      amount,
      currency,
      purpose: 'multi_purpose',
      customerId,
      orderId,
      branchId,
      reason,
    } as const;
    return insertGiftCard(tx, ctx, card);
  });
  for (const tender of stored.filter(({ method }) => method === 'store_credit'))
    await refundToCredit(tx, ctx, tender, order);
  return { giftCards, prepaidTaxes };
}

/** Refunds payments to their cards, in the order of the cards' ids. The payment of an offline till has no card. */
async function refundToCards(
  tx: Transaction,
  ctx: RequestContext,
  tenders: readonly RefundTender[],
  order: RefundedOrder,
): Promise<PrepaidTax[]> {
  const paymentIds = tenders.flatMap(({ refundedPaymentId }) => refundedPaymentId ?? []);
  if (paymentIds.length === 0) return [];
  const cards = await giftCardsOfPayments(tx, paymentIds);
  const refunds = tenders.flatMap(({ refundedPaymentId: paymentId, amount }) => {
    const giftCardId = paymentId === null ? undefined : cards.get(paymentId);
    return giftCardId === undefined ? [] : [{ giftCardId, paymentId, amount }];
  });
  const prepaidTaxes: PrepaidTax[] = [];
  for (const refund of refunds.sort((a, b) => (a.giftCardId < b.giftCardId ? -1 : 1))) {
    const card = await postGiftCard(tx, ctx, { ...refund, ...subjectOf(order), kind: 'refund' });
    if (!card) throw cannotGoBack('the gift card that paid is disabled or has expired');
    const tax = prepaidTax(order.terms, card, refund.amount);
    if (tax) prepaidTaxes.push(tax);
  }
  return prepaidTaxes;
}

async function refundToCredit(
  tx: Transaction,
  ctx: RequestContext,
  { amount, refundedPaymentId: paymentId }: RefundTender,
  order: RefundedOrder,
): Promise<void> {
  if (paymentId !== null) {
    const credit = await restoreStoreCredit(tx, ctx, amount, { ...subjectOf(order), paymentId });
    if (!credit) throw cannotGoBack('the store credit that paid has expired');
    return;
  }
  const { customerId } = order;
  const { currency } = order.terms;
  if (customerId === null)
    throw invalid('payments', 'Only a customer has store credit; this order has no customer.');
  await grantStoreCredit(tx, ctx, { customerId, currency, amount, ...subjectOf(order) });
}

function subjectOf({ orderId, branchId, reason }: RefundedOrder) {
  return { referenceType: 'order', referenceId: orderId, branchId, reason };
}

function cannotGoBack(why: string): PosProError {
  return new PosProError(
    'ILLEGAL_STATE',
    `The money cannot be refunded the way it came, because ${why}. Set "method" to choose another way.`,
  );
}
