import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { addCustomerCard, cardsOf, deleteCustomerCard, scanCustomer } from './customer-cards';

export const resolvers: Resolvers = {
  Query: {
    scanCustomer: (_, { code }, ctx) => scanCustomer(ctx, code),
  },
  Mutation: {
    addCustomerCard: (_, { customerId, input }, ctx) => addCustomerCard(ctx, customerId, input),
    deleteCustomerCard: (_, { customerId, cardId }, ctx) => deleteCustomerCard(ctx, customerId, cardId),
  },
  Customer: {
    cards: async ({ id }, _, ctx) =>
      (await loader(ctx, 'customers.cards', (ids) => cardsOf(ctx, ids)).load(id)) ?? [],
  },
};
