import type { RequestContext } from '#kernel/context';
import { itemName } from '#subgraphs/catalog/index';
import type { OrderRow, PostedOrder } from '../model';
import { rememberOrder } from '../order/orders.queries';
import type { Resolvers } from '../types.generated';
import { applyCartCode, removeCartCode } from './cart-codes';
import { addToCart, removeCartItem, updateCartItem } from './cart-items';
import { cartMetrics } from './cart-metrics.queries';
import { listCarts } from './carts.queries';
import { cartView, findCart } from './cart-view';
import { checkoutCart, confirmCheckout } from './checkout-cart';
import { mergeCarts } from './merge-carts';
import type { ShippingQuotes } from './shipping-rates';
import { updateCart } from './update-cart';

/** @param quotes has the rates of shipping. */
export const cartResolvers = (quotes: ShippingQuotes): Resolvers => ({
  Query: {
    cart: (_, { id }, ctx) => findCart(ctx, id, quotes),
    carts: (_, filter, ctx) => listCarts(ctx, filter),
    cartMetrics: (_, range, ctx) => cartMetrics(ctx, range),
  },
  Mutation: {
    addToCart: async (_, { input }, ctx) => cartView(ctx, await addToCart(ctx, input), quotes),
    updateCartItem: async (_, { cartId, itemId, input }, ctx) =>
      cartView(ctx, await updateCartItem(ctx, cartId, itemId, input), quotes),
    removeCartItem: async (_, { cartId, itemId, version }, ctx) =>
      cartView(ctx, await removeCartItem(ctx, cartId, itemId, version), quotes),
    applyCartCode: async (_, { cartId, input }, ctx) =>
      cartView(ctx, await applyCartCode(ctx, cartId, input), quotes),
    removeCartCode: async (_, { cartId, code }, ctx) =>
      cartView(ctx, await removeCartCode(ctx, cartId, code), quotes),
    updateCart: async (_, { id, input }, ctx) => cartView(ctx, await updateCart(ctx, id, input), quotes),
    checkoutCart: async (_, { input }, ctx) => shownOrder(ctx, await checkoutCart(ctx, input, quotes)),
    confirmCheckout: async (_, { input }, ctx) => shownOrder(ctx, await confirmCheckout(ctx, input.cartId)),
    mergeCarts: async (_, { input }, ctx) => cartView(ctx, await mergeCarts(ctx, input), quotes),
  },
  CartItem: {
    name: ({ productName, ...line }, _, ctx) =>
      productName === null ? line.name : itemName(ctx, { ...line, productName }),
  },
});

function shownOrder(ctx: RequestContext, posted: PostedOrder): OrderRow {
  rememberOrder(ctx, posted);
  return posted.order;
}
