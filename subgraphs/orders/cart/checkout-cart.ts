/**
 * Checks a cart out: the cart becomes an order whose goods are reserved, its payment's provider is asked without a transaction, and the
 * answer settles the order (payments/settle-payment.ts). A cart becomes one order, however often it is checked out.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { throwFieldErrors } from '#kernel/validation';
import {
  cardProvider,
  declinedError,
  isBeingAsked,
  isRejected,
  providerTask,
  requireIntent,
  type PaymentIntentRow,
  type ProviderName,
} from '#subgraphs/payments/index';
import type { CheckoutCartInput } from '../inputs.generated';
import type { PostedOrder } from '../model';
import { postedOrderById } from '../order/client-reference';
import { reserveConfirmation } from '../payments/reserve-payment';
import { runAttempt } from '../payments/run-attempt';
import { carts, type CartRow } from '../tables.generated';
import { cartRowId } from './cart-id';
import { assertPresent } from './carts';
import { checkoutErrors } from './checkout-checks';
import { askForRates, prepareCheckout } from './prepare-checkout';
import type { ShippingQuotes } from './shipping-rates';

/** Longest time that a request waits for another one that checks the same cart out. */
const WAIT_MS = 15_000;
const PAUSE_MS = 100;

/**
 * Checks a cart out. Repeating the call answers the same order. An order whose payment is not decided is `pending`; it is confirmed as
 * soon as the payment settles, whether the customer comes back or not.
 *
 * @throws PosProError 402 PAYMENT_DECLINED, and the cart is open again; 404 for an unknown cart; 409 PRICE_CHANGED for another total than
 * the expected one, INSUFFICIENT_STOCK, ILLEGAL_STATE for a cart with a problem, IDEMPOTENCY_IN_PROGRESS; 410 CART_EXPIRED; 422 by field.
 */
export async function checkoutCart(
  ctx: RequestContext,
  input: CheckoutCartInput,
  quotes: ShippingQuotes,
): Promise<PostedOrder> {
  throwFieldErrors(checkoutErrors(input));
  const cartId = cartRowId(ctx, input.cartId);
  const provider = await providerFor(ctx, input);
  await askForRates(ctx, cartId, input, quotes);
  const step = await transact(ctx, (tx) => prepareCheckout(tx, ctx, cartId, input, { provider, quotes }));
  if (step.kind === 'placed') return step.order;
  if (step.kind === 'pay') {
    const task = await providerTask(ctx.db, step.attemptId);
    assertNotRejected(await runAttempt(ctx, task!));
  } else {
    ctx.reply.replayed = true;
    if (step.paymentId !== null) assertNotRejected(await decidedPayment(ctx, step.paymentId));
  }
  return postedOrderById(ctx, step.orderId);
}

/** The provider that is asked for a card; other methods pay by other ways. */
async function providerFor(
  ctx: RequestContext,
  { paymentMethod }: CheckoutCartInput,
): Promise<ProviderName | null> {
  const provider = paymentMethod === 'card' ? await cardProvider(ctx) : 'manual';
  return provider === 'manual' ? null : provider;
}

/** The payment that another request has begun, once its provider has answered. Waits without a connection. */
async function decidedPayment(ctx: RequestContext, paymentId: string): Promise<PaymentIntentRow> {
  for (let waited = 0; waited < WAIT_MS; waited += PAUSE_MS) {
    if (!(await isBeingAsked(ctx.db, paymentId))) return requireIntent(ctx.db, paymentId);
    await sleep(PAUSE_MS);
  }
  const message = 'The provider has not answered the payment of this cart yet.';
  throw new PosProError('IDEMPOTENCY_IN_PROGRESS', message, { retryAfter: 1 });
}

function assertNotRejected(payment: PaymentIntentRow): void {
  if (isRejected(payment)) throw declinedError(payment);
}

/**
 * Continues the payment of a checkout after the customer's own step, such as 3-D Secure; without such a step, answers the order as it is.
 * @throws PosProError 402 PAYMENT_DECLINED, and the cart is open again; 404 for an unknown cart; 409 ILLEGAL_STATE for a cart that was not
 * checked out, or whose payment was given up; 410 CART_EXPIRED.
 */
export async function confirmCheckout(ctx: RequestContext, cartId: string): Promise<PostedOrder> {
  const id = cartRowId(ctx, cartId);
  const cart = await ctx.db.maybeOne<CartRow>(
    sql`select ${carts.select('c')} from carts c where c.id = ${id}::uuid`,
  );
  assertPresent(cart, cartId, ctx.clock.now());
  if (cart.paymentId !== null) assertNotRejected(await confirmedPayment(ctx, cart.paymentId));
  if (cart.orderId !== null) return postedOrderById(ctx, cart.orderId);
  throw new PosProError('ILLEGAL_STATE', 'The cart has no order that waits for a payment. Check it out.', {
    details: { status: cart.status },
  });
}

async function confirmedPayment(ctx: RequestContext, paymentId: string): Promise<PaymentIntentRow> {
  const payment = await requireIntent(ctx.db, paymentId);
  if (payment.status !== 'requires_action') return payment;
  const task = await transact(ctx, (tx) => reserveConfirmation(tx, ctx, paymentId));
  return runAttempt(ctx, task);
}
