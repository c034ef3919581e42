import { rememberOrder } from '../order/orders.queries';
import type { Resolvers } from '../types.generated';
import { cancelOrder } from './cancel-order';
import { confirmOrder } from './confirm-order';
import { deliverOrder } from './deliver-order';
import { handOverGiftCards } from './hand-over-gift-cards';
import { cancelShipment, shipOrder } from './ship-order';
import { shipmentLinesOf } from './shipments.queries';

export const resolvers: Resolvers = {
  Mutation: {
    confirmOrder: (_, { id, input }, ctx) => confirmOrder(ctx, id, input),
    shipOrder: (_, { id, input }, ctx) => shipOrder(ctx, id, input),
    cancelShipment: (_, { orderId, shipmentId, input }, ctx) =>
      cancelShipment(ctx, orderId, shipmentId, input),
    handOverGiftCards: async (_, { orderId }, ctx) => {
      const posted = await handOverGiftCards(ctx, orderId);
      rememberOrder(ctx, posted);
      return posted.order;
    },
    deliverOrder: (_, { id, input }, ctx) => deliverOrder(ctx, id, input),
    cancelOrder: (_, { id, input }, ctx) => cancelOrder(ctx, id, input),
  },
  OrderShipment: {
    items: async ({ id }, _, ctx) =>
      (await shipmentLinesOf(ctx, id)).map(({ lineNo, quantity }) => ({ line: lineNo, quantity })),
  },
};
