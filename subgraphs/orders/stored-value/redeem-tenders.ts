import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { invariant } from '#kernel/errors';
import { postGiftCard, spendStoreCredit } from '#subgraphs/payments/index';
import { requireValue, throwIssues } from '../issues.rules';
import type { PricingTerms } from '../pricing/pricing.rules';
import type { Settlement } from '../pricing/settlement.rules';
import { prepaidTax, type PrepaidTax } from './prepaid-tax.rules';
import { insufficientBalance } from './stored-tenders.rules';

/** A tender that remains in the shop; one with stored value knows the id of its payment. */
export type PaidTender = Settlement['tenders'][number] & { id?: string };

/** A tender with a gift card. */
type RedeemedCard = Required<PaidTender>;

/** The paid tenders, and the tax that single-purpose gift cards among them had paid. */
export interface RedeemedTenders {
  tenders: readonly PaidTender[];
  prepaidTaxes: readonly PrepaidTax[];
}

/** The order that is paid. */
interface PaidOrder {
  orderId: string;
  branchId: string;
  customerId: string | null | undefined;
  terms: PricingTerms;
}

/**
 * Redeems the tenders with stored value of an order: gift cards in the order of their ids, then store credit. Call it after the
 * customer's account and before the session (locks).
 * @returns all tenders in their order, and the tax that they had paid.
 * @throws PosProError 422 PAYMENT_INSUFFICIENT if another sale has used a balance since it was read.
 */
export async function redeemTenders(
  tx: Transaction,
  ctx: RequestContext,
  tenders: Settlement['tenders'],
  { terms, orderId, branchId, customerId }: PaidOrder,
): Promise<RedeemedTenders> {
  const { currency } = terms;
  const paid = tenders.map((tender) =>
    tender.giftCardId !== undefined || tender.method === 'store_credit'
      ? { ...tender, id: ctx.ids.next() }
      : tender,
  );
  const subject = { referenceType: 'order', referenceId: orderId, branchId };
  const cards = paid
    .filter((tender): tender is RedeemedCard => tender.giftCardId !== undefined)
    .sort((a, b) => (a.giftCardId < b.giftCardId ? -1 : 1));
  const prepaidTaxes: PrepaidTax[] = [];
  for (const { giftCardId, id: paymentId, amount: paidAmount } of cards) {
    const amount = paidAmount.negated();
    const entry = { ...subject, giftCardId, paymentId, amount, kind: 'redemption' } as const;
    const value = await postGiftCard(tx, ctx, entry);
    const issues = [insufficientBalance('gift_card', 'payments', undefined, currency)];
    const card = requireValue(value ? { value } : { issues });
    const tax = prepaidTax(terms, card, amount);
    if (tax) prepaidTaxes.push(tax);
  }
  const credit = paid.find((tender): tender is PaidTender => tender.method === 'store_credit');
  if (!credit) return { tenders: paid, prepaidTaxes };
  invariant(customerId, 'store credit belongs to a customer');
  const entry = { ...subject, kind: 'redemption', paymentId: credit.id! } as const;
  if (!(await spendStoreCredit(tx, ctx, customerId, credit.amount, entry)))
    throwIssues([insufficientBalance('store_credit', 'payments', undefined, currency)]);
  return { tenders: paid, prepaidTaxes };
}
