import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import {
  createCustomerSegment,
  deleteCustomerSegment,
  listCustomerSegments,
  requireSegment,
  segmentsByIds,
  updateCustomerSegment,
} from './customer-segments';

export const resolvers: Resolvers = {
  Query: {
    savedSegments: (_, filter, ctx) => listCustomerSegments(ctx.db, filter),
    customerSegment: (_, { id }, ctx) => requireSegment(ctx.db, id),
  },
  Mutation: {
    createCustomerSegment: (_, { input }, ctx) => createCustomerSegment(ctx, input),
    updateCustomerSegment: (_, { id, input }, ctx) => updateCustomerSegment(ctx, id, input),
    deleteCustomerSegment: (_, { id, version }, ctx) => deleteCustomerSegment(ctx, id, version),
  },
  CustomerSegment: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'customers.segment', (ids) => segmentsByIds(ctx.db, ids)).load(id)) ?? null,
  },
};
