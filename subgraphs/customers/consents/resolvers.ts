import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { consentsInForce, listConsents, recordConsent } from './consents';

export const resolvers: Resolvers = {
  Query: {
    customerConsents: (_, { customerId, ...page }, ctx) => listConsents(ctx.db, customerId, page),
  },
  Mutation: {
    recordConsent: (_, { customerId, input }, ctx) => recordConsent(ctx, customerId, input),
  },
  Customer: {
    consents: async ({ id }, _, ctx) =>
      (await loader(ctx, 'customers.consents', (ids) => consentsInForce(ctx.db, ids)).load(id)) ?? [],
  },
};
