import type { Resolvers } from '../types.generated';
import { customerStoreCredit, listStoreCreditEntries } from './store-credit.queries';
import { deductStoreCredit, grantStoreCreditByHand } from './store-credits';

export const resolvers: Resolvers = {
  Query: {
    storeCredit: (_, { customerId }, ctx) => customerStoreCredit(ctx, ctx.db, customerId),
    storeCreditEntries: async (_, { customerId, ...page }, ctx) =>
      listStoreCreditEntries(ctx.db, (await customerStoreCredit(ctx, ctx.db, customerId)).customerId, page),
  },
  Mutation: {
    grantStoreCredit: (_, { customerId, input }, ctx) => grantStoreCreditByHand(ctx, customerId, input),
    deductStoreCredit: (_, { customerId, input }, ctx) => deductStoreCredit(ctx, customerId, input),
  },
};
