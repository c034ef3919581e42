import type { Resolvers } from '../types.generated';
import { generateShippingLabel, shippingLabels } from './generate-label';
import { voidShippingLabel } from './void-label';

export const resolvers: Resolvers = {
  Query: { shippingLabels: (_, { shipmentId }, ctx) => shippingLabels(ctx, shipmentId) },
  Mutation: {
    generateShippingLabel: (_, { shipmentId, input }, ctx) =>
      generateShippingLabel(ctx, shipmentId, input ?? {}),
    voidShippingLabel: (_, { shipmentId }, ctx) => voidShippingLabel(ctx, shipmentId),
  },
};
