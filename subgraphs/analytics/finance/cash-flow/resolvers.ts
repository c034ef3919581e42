import type { Resolvers } from '../../types.generated';
import { cashFlow } from './cash-flow';

export const resolvers: Resolvers = {
  Query: {
    cashFlow: (_, choice, ctx) => cashFlow(ctx, choice),
  },
};
