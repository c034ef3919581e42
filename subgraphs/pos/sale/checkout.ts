import type { RequestContext } from '#kernel/context';
import { onceByClientReference, throwIssues, type PostedOrder } from '#subgraphs/orders/index';
import { validateCheckoutInput } from './checkout-input.rules';
import type { CheckoutInput } from '../inputs.generated';
import { postSale, postTrainingSale } from './post-sale';
import { prepareSale } from './prepare-sale';

/** The operation under which a sale's client reference is kept; an offline sale has the same. */
export const CHECKOUT = 'checkout';

/**
 * Sells a basket: one request, one transaction. Locks in this order: reservations, stock levels, customer, session, counters.
 *
 * @throws PosProError 403 for a price override without pos:override, and APPROVAL_REQUIRED beyond the limits of the caller's
 * role; 409 INSUFFICIENT_STOCK, REGISTER_CLOSED; 422 PRODUCT_NOT_FOUND, PAYMENT_INSUFFICIENT, DISCOUNT_INVALID,
 * VALIDATION_FAILED. In each, nothing has been written.
 */
export async function checkout(ctx: RequestContext, input: CheckoutInput): Promise<PostedOrder> {
  throwIssues(validateCheckoutInput(input, ctx.clock.now()));
  return onceByClientReference(ctx, CHECKOUT, input, async (tx, requestHash) => {
    const sale = await prepareSale(tx, ctx, input, { requestHash });
    return sale.session.training ? postTrainingSale(tx, ctx, sale) : postSale(tx, ctx, sale);
  });
}
