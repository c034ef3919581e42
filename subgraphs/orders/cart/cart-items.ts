/** The lines of a cart. A variant has one line for each note. */
import { emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { type Decimal, ONE, ZERO } from '#kernel/decimal';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { fieldIssue, throwIssues, type Issue } from '../issues.rules';
import { unknownItem, lineIssues, type BasketItem, type BasketLine } from '../basket/basket-line.rules';
import { priceItems } from '../basket/price-items';
import type { AddToCartInput, UpdateCartItemInput } from '../inputs.generated';
import { cartItems, type CartItemRow } from '../tables.generated';
import {
  changeCart,
  itemsOf,
  MAX_CART_LINES,
  MAX_LINE_QUANTITY,
  openCartFor,
  type LockedCart,
} from './carts';

/** Most gift cards of one line: each is a line of the order. */
const MAX_CARDS = 20;

/**
 * Adds an item; without a cart, to a new one.
 * @returns the id of the cart's row.
 * @throws PosProError 422 PRODUCT_NOT_FOUND, or by field; as changeCart.
 */
export function addToCart(ctx: RequestContext, input: AddToCartInput): Promise<string> {
  const { cartId, branchId, ...item } = input;
  const change = { operation: 'addToCart', input };
  const work = async (tx: Transaction, cart: LockedCart) => {
    await addItem(tx, ctx, cart, item);
    return {};
  };
  return cartId == null ? openCartFor(ctx, branchId, change, work) : changeCart(ctx, cartId, change, work);
}

async function addItem(
  tx: Transaction,
  ctx: RequestContext,
  cart: LockedCart,
  { quantity, note, ...reference }: Omit<AddToCartInput, 'cartId' | 'branchId'>,
): Promise<void> {
  const added = quantity ?? ONE;
  const line = await toBasketLine(tx, ctx, cart, { ...reference, quantity: added, note: note ?? null });
  const key = line.note ?? '';
  const existing = cart.items.find((item) => item.variantId === line.item.variantId && item.note === key);
  if (!existing && cart.items.length >= MAX_CART_LINES)
    throwIssues([fieldIssue('cartId', `A cart has ${MAX_CART_LINES} lines at most.`, 'TOO_MANY')]);
  throwIssues(quantityIssues(line, (existing?.quantity ?? ZERO).plus(added)));
  const { productId, variantId, sku, name } = line.item;
  const row = { productId, variantId, sku, name, quantity: added, unitPrice: line.unitPrice, note: key };
  const place = { id: ctx.ids.next(), organizationId: tx.organizationId, cartId: cart.id, createdAt: tx.now };
  await tx.run(sql`
    ${cartItems.insert({ ...row, ...place })}
    on conflict (organization_id, cart_id, variant_id, note) do update
    set quantity = cart_items.quantity + excluded.quantity, name = excluded.name, sku = excluded.sku`);
  await acceptPrices(tx, ctx, cart, [variantId]);
}

/**
 * Changes a line, or removes it with the quantity zero.
 * @throws PosProError 404 for an unknown line; 409 ALREADY_EXISTS if the variant has a line with the new note; 422 by field; as changeCart.
 */
export function updateCartItem(
  ctx: RequestContext,
  cartId: string,
  itemId: string,
  input: UpdateCartItemInput,
): Promise<string> {
  const change = { operation: 'updateCartItem', input: { itemId, ...input }, version: input.version };
  return changeCart(ctx, cartId, change, async (tx, cart) => {
    const before = requireItem(cart, itemId);
    const quantity = input.quantity ?? before.quantity;
    if (quantity.isZero()) {
      await deleteItem(tx, before);
      return {};
    }
    const note = input.note === undefined ? before.note : (input.note?.trim() ?? '');
    const line = await toBasketLine(tx, ctx, cart, { variantId: before.variantId, quantity, note });
    throwIssues(quantityIssues(line, quantity));
    const other = cart.items.find((item) => item.variantId === before.variantId && item.note === note);
    if (other && other.id !== before.id)
      throwIssues([fieldIssue('note', 'Another line of this item has the same note.', 'TAKEN')]);
    const { name, sku } = line.item;
    await tx.prisma.cartItem.update({ where: { id: before.id }, data: { quantity, note, name, sku } });
    await acceptPrices(tx, ctx, cart, [before.variantId]);
    return {};
  });
}

/** Removes a line. @throws PosProError 404 for an unknown line; as changeCart. */
export function removeCartItem(
  ctx: RequestContext,
  cartId: string,
  itemId: string,
  version: number | null | undefined,
): Promise<string> {
  const change = { operation: 'removeCartItem', input: { itemId, version }, version };
  return changeCart(ctx, cartId, change, async (tx, cart) => {
    await deleteItem(tx, requireItem(cart, itemId));
    return {};
  });
}

function requireItem({ items }: LockedCart, itemId: string): CartItemRow {
  const item = isUuid(itemId) ? items.find(({ id }) => id === itemId.toLowerCase()) : undefined;
  if (!item) throw notFound('line', itemId);
  return item;
}

async function deleteItem(tx: Transaction, { id }: CartItemRow): Promise<void> {
  await tx.prisma.cartItem.delete({ where: { id } });
}

/** The item at the price of this moment. @throws PosProError 422 PRODUCT_NOT_FOUND, VALIDATION_FAILED. */
async function toBasketLine(
  tx: Transaction,
  ctx: RequestContext,
  { branchId }: LockedCart,
  input: BasketItem & { quantity: Decimal },
): Promise<BasketLine> {
  const [item] = await priceItems(ctx, tx, { branchId, at: tx.now }, [input]);
  if (!item || item.contradiction) {
    const field = item?.contradiction ?? (input.variantId == null && input.sku != null ? 'sku' : 'productId');
    const unknown = unknownItem(input, 0);
    throwIssues([{ ...unknown, message: 'There is no such product to buy.', field, item: null }]);
  }
  const { quantity, note } = input;
  const line = {
    index: 0,
    item: item!,
    quantity,
    unitPrice: item!.unitPrice,
    discount: null,
    note: emptyToNull(note),
  };
  // The order has a line for each gift card, so the line of a cart may have several.
  const issues = lineIssues(line, { priced: false, mayOverride: false }).filter(
    ({ reason }) => reason !== 'ONE_PER_LINE',
  );
  throwIssues(issues.map(inInput));
  return line;
}

/** Issues of the line of a basket, in the fields of an input that has one line. */
function inInput(issue: Issue): Issue {
  return { ...issue, field: issue.field.replace(/^items\.0\./, ''), item: null };
}

function quantityIssues({ item }: BasketLine, quantity: Decimal): Issue[] {
  const most = item.giftCardPurpose ? MAX_CARDS : MAX_LINE_QUANTITY;
  if (quantity.lessThanOrEqualTo(most)) return [];
  return [fieldIssue('quantity', `A line has a quantity of ${most} at most.`, 'TOO_LARGE')];
}

/**
 * Stores the prices of this moment as those that the customer has seen. A price that applies from a quantity on changes with the line,
 * so the whole cart is priced.
 * @param variantIds optional; defaults to all lines.
 */
export async function acceptPrices(
  tx: Transaction,
  ctx: RequestContext,
  { id, branchId }: LockedCart,
  variantIds?: readonly string[],
): Promise<void> {
  const items = await itemsOf(tx, id);
  const references = items.map(({ variantId, quantity }) => ({ variantId, quantity }));
  const resolved = await priceItems(ctx, tx, { branchId, at: tx.now }, references);
  const prices = items.flatMap((item, index) => {
    const price = resolved[index]?.unitPrice;
    const meant = variantIds === undefined || variantIds.includes(item.variantId);
    return price && meant && !price.equals(item.unitPrice) ? [{ id: item.id, price }] : [];
  });
  if (prices.length === 0) return;
  await tx.run(sql`
    update cart_items i set unit_price = x.price
    from jsonb_to_recordset(${JSON.stringify(prices)}::jsonb) as x(id uuid, price numeric) where i.id = x.id`);
}
