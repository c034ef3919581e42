/** The first step of a checkout: the cart becomes an order that waits for its payment, and the payment begins. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { invariant } from '#kernel/errors';
import { releaseReservation, warehouseOfBranch } from '#subgraphs/inventory/index';
import { undecidedAmount, type ProviderName } from '#subgraphs/payments/index';
import type { CheckoutCartInput } from '../inputs.generated';
import type { FullOrder, PostedOrder } from '../model';
import { dueAmount } from '../order/order-balance.rules';
import { lockOrder } from '../order/orders.queries';
import { reserveOrderPayment } from '../payments/reserve-payment';
import { placeOrder } from '../placing/place-order';
import { reservationEnd, storefrontSettings } from '../storefront/storefront-settings';
import { carts, type CartRow } from '../tables.generated';
import { priceCart, type PricedCart } from './cart-view';
import { assertPresent, itemsOf, reservationOfCart, saveCart } from './carts';
import { assertCheckout } from './checkout-checks';
import type { ShippingQuotes } from './shipping-rates';
import { cartChanges } from './update-cart';

/** The next step of a request. */
export type CheckoutStep =
  /** The cart is an order already, and its payment was begun by another request; null without one. */
  | { kind: 'ordered'; orderId: string; paymentId: string | null }
  /** The order is placed now; nothing is due, or the payment comes by another way. */
  | { kind: 'placed'; order: PostedOrder }
  /** The provider has to be asked. */
  | { kind: 'pay'; orderId: string; attemptId: string };

/** Time for a transfer from bank to bank and the like, after which the order is cancelled. */
const TRANSFER_MS = 7 * 24 * 3_600_000;

/**
 * Places the order of a cart, whose goods are then reserved until it is paid, and begins its payment.
 * @param by.provider takes the payment; null if none has to be asked.
 * @param by.quotes has the rates of shipping.
 * @throws PosProError 404, 409 PRICE_CHANGED, INSUFFICIENT_STOCK, ILLEGAL_STATE; 410; 422 by field.
 */
export async function prepareCheckout(
  tx: Transaction,
  ctx: RequestContext,
  cartId: string,
  input: CheckoutCartInput,
  by: { provider: ProviderName | null; quotes: ShippingQuotes },
): Promise<CheckoutStep> {
  const { provider, quotes } = by;
  const { cart, order } = await lockForCheckout(tx, cartId, input.cartId);
  if (cart.orderId !== null) {
    const mayPay = provider !== null && order?.id === cart.orderId && (await waitsForPayment(tx, order));
    return mayPay
      ? pay(tx, ctx, cart, order, input, provider)
      : { kind: 'ordered', orderId: cart.orderId, paymentId: cart.paymentId };
  }
  // 1. The entered data, the prices of this moment, and everything that prevents the checkout
  const items = await itemsOf(tx, cart.id);
  const changes = cartChanges(input);
  await saveCart(tx, cart, items, changes);
  const reader = { db: tx, mayAsk: false };
  const priced = await priceCart(ctx, reader, { ...cart, ...changes }, { rows: items, at: tx.now, quotes });
  assertCheckout(priced, input);
  // 2. The order, which reserves the goods
  const posted = await placeCart(tx, ctx, priced, input);
  // 3. The payment
  if (provider === null || dueAmount(posted.order).isZero()) return { kind: 'placed', order: posted };
  return pay(tx, ctx, cart, posted.order, input, provider);
}

/**
 * Asks the carrier for its rates of a cart that is about to be checked out, since the transaction only reads its recent answers.
 * @throws PosProError for what cannot be priced, as prepareCheckout does.
 */
export async function askForRates(
  ctx: RequestContext,
  id: string,
  input: CheckoutCartInput,
  quotes: ShippingQuotes,
): Promise<void> {
  const { carrierRates } = await storefrontSettings(ctx.db);
  if (!carrierRates) return;
  const cart = await ctx.db.maybeOne<CartRow>(
    sql`select ${carts.columns} from carts where id = ${id}::uuid and status = 'open'`,
  );
  if (!cart) return;
  const [rows, at] = [await itemsOf(ctx.db, id), ctx.clock.now()];
  const reader = { db: ctx.db, mayAsk: true };
  await priceCart(ctx, reader, { ...cart, ...cartChanges(input) }, { rows, at, quotes });
}

/**
 * Locks a cart and the order that it has become: the order first, as a cancellation of the order does.
 * @returns the order; undefined without one.
 */
async function lockForCheckout(
  tx: Transaction,
  id: string,
  cartId: string,
): Promise<{ cart: CartRow; order: FullOrder | undefined }> {
  const before = await tx.maybeOne<Pick<CartRow, 'orderId'>>(
    sql`select order_id from carts where id = ${id}::uuid`,
  );
  const order = before?.orderId == null ? undefined : await lockOrder(tx, before.orderId);
  const cart = await tx.maybeOne<CartRow>(
    sql`select ${carts.columns} from carts where id = ${id}::uuid for no key update`,
  );
  assertPresent(cart, cartId, tx.now);
  return { cart, order };
}

/** Whether an amount is due for an order that waits, and no payment of it is decided by the customer or a provider. */
async function waitsForPayment(tx: Transaction, order: FullOrder): Promise<boolean> {
  if (order.status !== 'pending' || !dueAmount(order).greaterThan(0)) return false;
  return (await undecidedAmount(tx, order.id)).isZero();
}

async function pay(
  tx: Transaction,
  ctx: RequestContext,
  cart: CartRow,
  order: FullOrder,
  { paymentMethod: method, providerToken = null, returnUrl = null }: CheckoutCartInput,
  provider: ProviderName,
): Promise<CheckoutStep> {
  const payment = { method, provider, amount: dueAmount(order), captures: true, reference: null };
  const attempt = await reserveOrderPayment(tx, ctx, order, payment, { cardToken: providerToken, returnUrl });
  await tx.run(sql`update carts set payment_id = ${attempt.intentId}::uuid where id = ${cart.id}::uuid`);
  return { kind: 'pay', orderId: order.id, attemptId: attempt.id };
}

/** Places the order of a cart and closes the cart. Goods that were reserved for the cart are reserved for the order. */
async function placeCart(
  tx: Transaction,
  ctx: RequestContext,
  { cart, terms, basketLines, totals, benefits, shippingRate, total }: PricedCart,
  { note, paymentMethod, ageConfirmed }: CheckoutCartInput,
): Promise<PostedOrder> {
  await releaseReservation(tx, reservationOfCart(cart.id));
  const transferEnd = new Date(tx.now.getTime() + TRANSFER_MS);
  const posted = await placeOrder(tx, ctx, {
    terms,
    warehouseId: await warehouseOfBranch(tx, cart.branchId),
    channel: cart.channel,
    lines: basketLines,
    totals,
    benefits,
    shipping: shippingRate ?? null,
    customerId: cart.customerId,
    email: cart.email,
    phone: cart.phone,
    shippingAddress: cart.shippingAddress,
    billingAddress: cart.billingAddress,
    note: note ?? null,
    ageConfirmed: ageConfirmed ?? false,
    holdsUntil: paymentMethod === 'card' ? await reservationEnd(tx) : transferEnd,
  });
  invariant(posted.order.total.equals(total), 'an order has the total of its cart');
  // The order has the customer's data now.
  const gone = { email: null, phone: null, shippingAddress: null, billingAddress: null };
  const closed = { ...gone, status: 'checked_out', orderId: posted.order.id, updatedAt: tx.now } as const;
  await tx.run(sql`update carts set ${carts.set(closed)} where id = ${cart.id}::uuid`);
  return posted;
}
