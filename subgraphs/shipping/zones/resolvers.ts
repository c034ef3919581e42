import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import {
  createShippingZone,
  deleteShippingZone,
  listShippingZones,
  requireZone,
  updateShippingZone,
  zonesByIds,
} from './shipping-zones';

export const resolvers: Resolvers = {
  Query: {
    shippingZones: (_, filter, ctx) => listShippingZones(ctx.db, filter),
    shippingZone: (_, { id }, ctx) => requireZone(ctx.db, id),
  },
  Mutation: {
    createShippingZone: (_, { input }, ctx) => createShippingZone(ctx, input),
    updateShippingZone: (_, { id, input }, ctx) => updateShippingZone(ctx, id, input),
    deleteShippingZone: (_, { id, version }, ctx) => deleteShippingZone(ctx, id, version),
  },
  ShippingZone: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'shipping.zone', (ids) => zonesByIds(ctx.db, ids)).load(id)) ?? null,
  },
};
