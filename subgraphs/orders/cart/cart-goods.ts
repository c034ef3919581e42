/** The goods of a cart that are sent, for callers who ask what the shipment would cost. */
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { roundMoney } from '#kernel/money';
import { sellingTerms } from '#subgraphs/auth/index';
import { priceItems } from '../basket/price-items';
import { carts, type CartRow } from '../tables.generated';
import { cartRowId } from './cart-id';
import { assertPresent, itemsOf } from './carts';
import type { SentGoods } from './shipping-rates';

/**
 * The goods of a cart with their value before discounts, and the address. Gift cards are not sent, and goods that are not sold any more have no
 * price.
 * @throws PosProError 404 for an unknown cart and for one that was merged into another; 410 CART_EXPIRED.
 */
export async function goodsOfCart(ctx: RequestContext, cartId: string): Promise<SentGoods> {
  const id = cartRowId(ctx, cartId);
  const cart = await ctx.db.maybeOne<CartRow>(
    sql`select ${carts.select('c')} from carts c where c.id = ${id}::uuid`,
  );
  const at = ctx.clock.now();
  assertPresent(cart, cartId, at);
  const rows = await itemsOf(ctx.db, id);
  const references = rows.map(({ variantId, quantity }) => ({ variantId, quantity }));
  const resolved = await priceItems(ctx, ctx.db, { branchId: cart.branchId, at }, references);
  const { currency } = await sellingTerms(ctx.db, cart.branchId);
  const items = rows.flatMap(({ variantId, quantity }, index) => {
    const item = resolved[index];
    if (!item || item.giftCardPurpose) return [];
    const value = roundMoney(item.unitPrice.times(quantity), currency);
    return [{ variantId, vendorId: item.vendorId, quantity, value }];
  });
  return { address: cart.shippingAddress, items };
}
