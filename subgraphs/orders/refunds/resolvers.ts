import type { RequestContext } from '#kernel/context';
import type { OrderRow, PostedOrder } from '../model';
import { rememberOrder } from '../order/orders.queries';
import type { Resolvers } from '../types.generated';
import { partiallyRefundOrder, refundOrder } from './refunds';

export const resolvers: Resolvers = {
  Mutation: {
    refundOrder: async (_, { id, input }, ctx) => orderOf(ctx, await refundOrder(ctx, id, input)),
    partiallyRefundOrder: async (_, { id, input }, ctx) =>
      orderOf(ctx, await partiallyRefundOrder(ctx, id, input)),
  },
};

/** The posted order, remembered for the fields that the caller selects. */
function orderOf(ctx: RequestContext, posted: PostedOrder): OrderRow {
  rememberOrder(ctx, posted);
  return posted.order;
}
