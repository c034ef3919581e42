/** Carts whose order was given up before it was paid. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { reserveStock } from '#subgraphs/inventory/index';
import { goodsToShip } from '../fulfilment/order-stock';
import type { FullOrder } from '../model';
import { carts, type CartRow } from '../tables.generated';
import { toPostalAddress } from '../order/postal-address.rules';
import { reservationOfCart } from './carts';

/** Whether a payment is that of the checkout which made the order. */
export async function isCheckoutPayment(
  tx: Transaction,
  orderId: string,
  paymentId: string,
): Promise<boolean> {
  const cart = await tx.maybeOne(
    sql`select c.id from carts c where c.order_id = ${orderId}::uuid and c.payment_id = ${paymentId}::uuid`,
  );
  return cart !== undefined;
}

/**
 * Opens the cart of an order again that was cancelled before it was paid, so that the customer can go on: with the data that the order
 * had, and with the goods reserved as long as they were for the order. Call it when the order's reservation has ended. A customer who
 * has opened another cart meanwhile keeps that one.
 */
export async function reopenCart(tx: Transaction, ctx: RequestContext, order: FullOrder): Promise<void> {
  const { email, phone, holdsUntil } = order;
  const shippingAddress = order.shippingAddress && toPostalAddress(order.shippingAddress);
  const billingAddress = order.billingAddress && toPostalAddress(order.billingAddress);
  const opened = { status: 'open', orderId: null, email, phone, shippingAddress, billingAddress } as const;
  const cart = await tx.maybeOne<Pick<CartRow, 'id'>>(sql`
    update carts c set ${carts.set(opened)}
    where c.order_id = ${order.id}::uuid and not exists (
      select from carts o where o.customer_id = c.customer_id and o.branch_id = c.branch_id and o.status = 'open')
    returning c.id`);
  if (!cart || holdsUntil === null || holdsUntil <= tx.now) return;
  const lines = goodsToShip(order);
  await reserveStock(tx, ctx, { ...reservationOfCart(cart.id), expiresAt: holdsUntil, lines });
}
