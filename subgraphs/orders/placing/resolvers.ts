import { rememberOrder } from '../order/orders.queries';
import type { Resolvers } from '../types.generated';
import { createOrder } from './create-order';
import { updateOrder } from './update-order';

export const resolvers: Resolvers = {
  Mutation: {
    createOrder: async (_, { input }, ctx) => {
      const posted = await createOrder(ctx, input);
      rememberOrder(ctx, posted);
      return posted.order;
    },
    updateOrder: (_, { id, input }, ctx) => updateOrder(ctx, id, input),
  },
};
