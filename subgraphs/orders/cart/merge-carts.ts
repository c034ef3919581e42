/** Merging a guest's cart into that of a customer who has signed in at the web shop. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { isUniqueViolation, transact } from '#kernel/db/transact';
import { invalid, notFound } from '#kernel/errors';
import { releaseReservation } from '#subgraphs/inventory/index';
import { codeKey } from '#subgraphs/marketing/index';
import { requireCustomer } from '../basket/basket-customer';
import type { MergeCartsInput } from '../inputs.generated';
import { cartItems, carts, type CartItemRow, type CartRow } from '../tables.generated';
import { MAX_CART_CODES } from './cart-codes';
import { cartRowId } from './cart-id';
import {
  MAX_CART_LINES,
  MAX_LINE_QUANTITY,
  itemsOf,
  lockCart,
  openCart,
  reservationOfCart,
  saveCart,
} from './carts';
import { mergedLines } from './merge-carts.rules';

/**
 * Merges a cart. A cart that was merged into one of the same customer before answers that one, unchanged.
 * @returns the id of the customer's cart.
 * @throws PosProError 404 for an unknown cart, and for one that was merged into another customer's; 409 ILLEGAL_STATE for one that was
 * checked out; 410 CART_EXPIRED; 422 for an unknown customer, for the cart of another customer, and beyond the limits of a cart.
 */
export async function mergeCarts(ctx: RequestContext, input: MergeCartsInput): Promise<string> {
  const work = (tx: Transaction) => mergeInto(tx, ctx, input);
  try {
    return await transact(ctx, work);
  } catch (error) {
    // Of two concurrent sign-ins of one customer, the second finds the cart that the first has opened.
    if (!isUniqueViolation(error, 'carts_of_customer')) throw error;
    return transact(ctx, work);
  }
}

async function mergeInto(tx: Transaction, ctx: RequestContext, input: MergeCartsInput): Promise<string> {
  const guestId = cartRowId(ctx, input.cartId);
  await requireCustomer(tx, input.customerId);
  const customerId = input.customerId.toLowerCase();
  const target = await lockCarts(tx, guestId, customerId);
  const merged = await mergedBefore(tx, guestId, customerId);
  if (merged !== undefined) return merged;
  const guest = await lockCart(tx, guestId, input.cartId);
  if (guest.customerId === customerId) return guest.id;
  if (guest.customerId !== null)
    throw invalid('cartId', 'The cart belongs to another customer.', 'NOT_A_GUEST_CART');
  const { branchId, channel, email, phone, shippingAddress, billingAddress, shippingCode } = guest;
  const customerCart = target ?? (await openCart(tx, ctx, { branchId, channel, customerId }));
  const before = await itemsOf(tx, customerCart.id);
  const lines = mergedLines(input.rule ?? 'add', await itemsOf(tx, guest.id), before);
  assertLimits(lines);
  await replaceLines(tx, ctx, customerCart, lines);
  const contact = { email, phone, shippingAddress, billingAddress, shippingCode };
  // The guest has just entered them; what they have not entered, the customer's cart keeps.
  const entered = Object.fromEntries(Object.entries(contact).filter(([, value]) => value !== null));
  const byKey = new Map([...customerCart.codes, ...guest.codes].map((code) => [codeKey(code), code]));
  const codes = [...byKey.values()].slice(0, MAX_CART_CODES);
  await saveCart(tx, customerCart, before, { ...entered, codes });
  await closeGuestCart(tx, guest, customerCart.id);
  return customerCart.id;
}

/** Locks both carts in the order of their ids, as every merge does. @returns the customer's open cart, if there is one. */
async function lockCarts(tx: Transaction, guestId: string, customerId: string): Promise<CartRow | undefined> {
  const locked = await tx.many<CartRow>(sql`
    select ${carts.select('c')} from carts c
    where c.id = ${guestId}::uuid or (c.status = 'open' and c.customer_id = ${customerId}::uuid
      and c.branch_id = (select g.branch_id from carts g where g.id = ${guestId}::uuid))
    order by c.id for no key update`);
  return locked.find((cart) => cart.id !== guestId && cart.expiresAt > tx.now);
}

/** The customer's cart into which this one was merged; undefined if it was not. @throws PosProError 404 if it was another customer's. */
async function mergedBefore(
  tx: Transaction,
  guestId: string,
  customerId: string,
): Promise<string | undefined> {
  const target = await tx.maybeOne<Pick<CartRow, 'id' | 'customerId'>>(sql`
    select t.id, t.customer_id from carts g join carts t on t.id = g.merged_into_id where g.id = ${guestId}::uuid`);
  if (target && target.customerId !== customerId) throw notFound('cart', guestId);
  return target?.id;
}

function assertLimits(lines: readonly CartItemRow[]): void {
  if (lines.length > MAX_CART_LINES)
    throw invalid('cartId', `Together the carts have more than ${MAX_CART_LINES} lines.`, 'TOO_MANY');
  const large = lines.find(({ quantity }) => quantity.greaterThan(MAX_LINE_QUANTITY));
  if (large) {
    const message = `Together the carts have more than ${MAX_LINE_QUANTITY} of "${large.name}".`;
    throw invalid('cartId', message, 'TOO_LARGE');
  }
}

async function replaceLines(
  tx: Transaction,
  ctx: RequestContext,
  cart: CartRow,
  lines: readonly CartItemRow[],
): Promise<void> {
  await tx.run(sql`delete from cart_items where cart_id = ${cart.id}::uuid`);
  if (lines.length === 0) return;
  // Lines keep their order, which is that of their ids.
  const rows = lines.map((line) => {
    const id = line.cartId === cart.id ? line.id : ctx.ids.next();
    return { ...line, id, cartId: cart.id };
  });
  await tx.run(cartItems.insertMany(rows));
}

/** The guest's cart keeps no personal data, which may be in notes of its lines, and reserves nothing: the customer's checkout reserves again. */
async function closeGuestCart(tx: Transaction, guest: CartRow, targetId: string): Promise<void> {
  await releaseReservation(tx, reservationOfCart(guest.id));
  await tx.run(sql`delete from cart_items where cart_id = ${guest.id}::uuid`);
  const gone = { email: null, phone: null, shippingAddress: null, billingAddress: null };
  const closed = { ...gone, status: 'merged', mergedIntoId: targetId, updatedAt: tx.now } as const;
  await tx.run(sql`update carts set ${carts.set(closed)} where id = ${guest.id}::uuid`);
}
