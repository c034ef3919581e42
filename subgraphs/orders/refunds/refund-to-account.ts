/** Refunds to the account of a customer. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { invalid } from '#kernel/errors';
import { postCredit } from '#subgraphs/customers/index';
import type { RefundTender } from './refund-tenders.rules';

/** A refunded order, or the return that refunds it. */
interface RefundedOrder {
  orderId: string;
  customerId: string | null;
  branchId: string;
  /** Time of the refund. Defaults to the transaction's moment. */
  at?: Date;
  /** The sale whose debt is settled first. */
  originalOrderId?: string | null;
}

/**
 * Posts the tenders on account to the customer's account; sends nothing without any.
 * @throws PosProError 422 if money is refunded to an account and the order has no customer.
 */
export async function refundToAccount(
  tx: Transaction,
  ctx: RequestContext,
  tenders: readonly RefundTender[],
  { orderId, customerId, ...subject }: RefundedOrder,
): Promise<void> {
  for (const { amount, reference } of tenders.filter(({ method }) => method === 'credit')) {
    if (customerId === null)
      throw invalid('payments', 'Only a customer has an account; this order has no customer.');
    await postCredit(tx, ctx, {
      ...subject,
      customerId,
      amount: amount.negated(),
      kind: 'refund',
      referenceType: 'order',
      referenceId: orderId,
      reference,
    });
  }
}
