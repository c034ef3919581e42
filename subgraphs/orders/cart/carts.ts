/** Carts as they are stored: opening one, and changing it under its lock. */
import { createHash } from 'node:crypto';
import { storefrontOf } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { inputText } from '#kernel/db/idempotency';
import { transact, type TransactOptions } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { PosProError, notFound } from '#kernel/errors';
import { sellingTerms } from '#subgraphs/auth/index';
import type { ReservationReference } from '#subgraphs/inventory/index';
import { storefrontBranch } from '../storefront/storefront-branch';
import { storefrontSettings } from '../storefront/storefront-settings';
import { cartItems, carts, type CartItemRow, type CartRow } from '../tables.generated';
import { cartRowId } from './cart-id';

const DAY_MS = 86_400_000;

/** The reference under which goods are reserved for a cart, after a payment of its checkout was declined. */
export function reservationOfCart(cartId: string): ReservationReference {
  return { referenceType: 'cart', referenceId: cartId };
}

/** Most lines of a cart: each has to be priced whenever the cart is shown. */
export const MAX_CART_LINES = 100;
/** Most units of one line: more than a web shop sells to anyone, and less than would block its stock. */
export const MAX_LINE_QUANTITY = 10_000;

/** A cart that can be changed, with its lines. */
export interface LockedCart extends CartRow {
  items: CartItemRow[];
}

/** A change of a cart. */
export interface CartChange {
  /** The operation, for its idempotency. */
  operation: string;
  input: unknown;
  /** The version that the caller read. */
  version?: number | null | undefined;
}

/** Work on a cart, which may write its lines. @returns new values of the cart's own columns. */
type CartWork = (tx: Transaction, cart: LockedCart) => Promise<Partial<CartRow>>;

/**
 * Changes an open cart under its lock; its version rises by one, and its end moves. An input that changes nothing leaves it as it was.
 * @returns the id of the row.
 * @throws PosProError 404 for an unknown cart and for one that was merged into another; 409 ILLEGAL_STATE for one that was checked
 * out; 410 CART_EXPIRED; 409 or 412 for another version.
 */
export async function changeCart(
  ctx: RequestContext,
  cartId: string,
  { operation, input, version }: CartChange,
  work: CartWork,
): Promise<string> {
  const id = cartRowId(ctx, cartId);
  const run = async (tx: Transaction) => {
    const cart = await lockCart(tx, id, cartId);
    assertVersion(tx, 'cart', cart, version);
    const before = await itemsOf(tx, id);
    const changes = await work(tx, { ...cart, items: before });
    await saveCart(tx, cart, before, changes);
    return id;
  };
  return transact(ctx, run, idempotency(ctx, id, { operation, input }));
}

/**
 * All visitors of a web shop share its key, so a key of a request counts for its cart alone: otherwise a visitor who uses the same
 * simple key as another one would get an error, or the answer of the other.
 */
function idempotency(ctx: RequestContext, id: string, request: CartChange): TransactOptions {
  const { idempotencyKey } = ctx.request;
  if (idempotencyKey === undefined) return {};
  const key = createHash('sha256').update(`${id} ${idempotencyKey}`).digest('hex');
  return { idempotent: { ...request, key } };
}

/** Opens a cart. @returns the new row. */
export async function openCart(
  tx: Transaction,
  ctx: RequestContext,
  {
    branchId,
    customerId = null,
    ...more
  }: { branchId: string; customerId?: string | null } & Partial<CartRow>,
): Promise<CartRow> {
  const row = carts.complete({
    channel: storefrontOf(ctx.actor)?.channel ?? 'web',
    codes: [],
    ...more,
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    branchId,
    customerId,
    createdAt: tx.now,
    updatedAt: tx.now,
    expiresAt: await nextExpiry(tx),
  });
  await tx.run(carts.insert(row));
  return row;
}

/** The end of a cart that is used now. */
async function nextExpiry(tx: Transaction): Promise<Date> {
  const { cartLifetimeDays } = await storefrontSettings(tx);
  return new Date(tx.now.getTime() + cartLifetimeDays * DAY_MS);
}

/** Opens a cart for a caller, and fills it. A new cart has no key by which another visitor could get it. */
export async function openCartFor(
  ctx: RequestContext,
  branchId: string | null | undefined,
  { operation, input }: CartChange,
  work: CartWork,
): Promise<string> {
  const run = async (tx: Transaction) => {
    const terms = await sellingTerms(tx, storefrontBranch(ctx, branchId));
    const cart = await openCart(tx, ctx, { branchId: terms.branchId });
    // The first item belongs to the first version.
    await saveCart(tx, { ...cart, version: 0 }, [], await work(tx, { ...cart, items: [] }));
    return cart.id;
  };
  return transact(ctx, run, storefrontOf(ctx.actor) ? {} : { idempotent: { operation, input } });
}

/** A cart that can be changed, locked until the commit. @throws PosProError as changeCart. */
export async function lockCart(tx: Transaction, id: string, cartId: string): Promise<CartRow> {
  const cart = await tx.maybeOne<CartRow>(
    sql`select ${carts.columns} from carts where id = ${id}::uuid for no key update`,
  );
  assertPresent(cart, cartId, tx.now);
  if (cart.status === 'open') return cart;
  throw new PosProError('ILLEGAL_STATE', 'The cart has been checked out. Add the items to a new one.', {
    details: { status: cart.status, orderId: cart.orderId },
  });
}

/** @throws PosProError 404 for an unknown cart and for one that was merged into another; 410 CART_EXPIRED. */
export function assertPresent(cart: CartRow | undefined, cartId: string, now: Date): asserts cart {
  if (!cart || cart.status === 'merged') throw notFound('cart', cartId);
  if (cart.status !== 'expired' && (cart.status !== 'open' || cart.expiresAt > now)) return;
  const message = 'The cart was not used for a long time. Add the items to a new one.';
  throw new PosProError('CART_EXPIRED', message);
}

/** The lines of a cart, in the order in which they were added. */
export function itemsOf(db: Queryable, cartId: string): Promise<CartItemRow[]> {
  return db.many<CartItemRow>(
    sql`select ${cartItems.select('i')} from cart_items i where i.cart_id = ${cartId}::uuid order by i.id`,
  );
}

/** Writes the changes of a cart, and counts its lines. */
export async function saveCart(
  tx: Transaction,
  cart: CartRow,
  before: readonly CartItemRow[],
  changes: Partial<CartRow>,
): Promise<void> {
  const items = await itemsOf(tx, cart.id);
  const linesChanged = inputText(items) !== inputText(before);
  const after = { ...cart, ...changes, itemsCount: items.length };
  if (!linesChanged && inputText(after) === inputText(cart)) return;
  const values = { ...changes, itemsCount: items.length, updatedAt: tx.now, expiresAt: await nextExpiry(tx) };
  // A line is a part of its cart, so the cart's version rises with it.
  await tx.run(
    sql`update carts set ${carts.set({ ...values, version: cart.version + 1 })} where id = ${cart.id}::uuid`,
  );
}
