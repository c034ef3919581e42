/** Selling at the till: one request, one transaction. */
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { requestHash, underReference, type WrittenOrder } from '#subgraphs/orders/index';
import { refuseIssues, saleFaults } from './basket';
import type { CheckoutInput } from '../inputs.generated';
import { bookSale, prepareSale } from './sale';

/** The name under which a sale's client reference is kept; a sale made offline has the same. */
export const CHECKOUT = 'checkout';

/**
 * Sells a basket.
 *
 * @throws PosProError 403 for a price override without pos:override, and APPROVAL_REQUIRED beyond the limits of the caller's
 * role; 409 INSUFFICIENT_STOCK, REGISTER_CLOSED; 422 PRODUCT_NOT_FOUND, PAYMENT_INSUFFICIENT, DISCOUNT_INVALID,
 * VALIDATION_FAILED. In each, nothing has been written.
 */
export async function checkout(ctx: RequestContext, input: CheckoutInput): Promise<WrittenOrder> {
  refuseIssues(saleFaults(input, ctx.clock.now()));
  const hash = input.clientReference ? requestHash(CHECKOUT, input) : undefined;
  const idempotent = { operation: CHECKOUT, input, key: input.clientReference ?? undefined };
  return underReference(ctx, input.clientReference, hash, () =>
    transact(ctx, async (tx) => bookSale(tx, ctx, await prepareSale(tx, ctx, input, { hash })), {
      idempotent,
    }),
  );
}
