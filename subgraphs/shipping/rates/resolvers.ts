import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { calculateShippingRate } from './calculate';
import { shippingProviders } from './rate-sources';
import {
  createShippingRate,
  deleteShippingRate,
  listShippingRates,
  ratesByIds,
  requireRate,
  updateShippingRate,
} from './table-rates';

export const resolvers: Resolvers = {
  Query: {
    shippingProviders: (_, __, ctx) => shippingProviders(ctx),
    shippingRates: (_, filter, ctx) => listShippingRates(ctx, filter),
    shippingRate: (_, { id }, ctx) => requireRate(ctx, id),
    calculateShippingRate: (_, { input }, ctx) => calculateShippingRate(ctx, input),
  },
  Mutation: {
    createShippingRate: (_, { input }, ctx) => createShippingRate(ctx, input),
    updateShippingRate: (_, { id, input }, ctx) => updateShippingRate(ctx, id, input),
    deleteShippingRate: (_, { id, version }, ctx) => deleteShippingRate(ctx, id, version),
  },
  TableRate: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'shipping.rate', (ids) => ratesByIds(ctx, ids)).load(id)) ?? null,
  },
};
