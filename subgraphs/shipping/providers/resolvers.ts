import type { Resolvers } from '../types.generated';
import { carrierSettings, updateShippingCarrier } from './carrier-settings';

export const resolvers: Resolvers = {
  Query: { shippingCarrier: (_, __, ctx) => carrierSettings(ctx.db, ctx.config) },
  Mutation: { updateShippingCarrier: (_, { input }, ctx) => updateShippingCarrier(ctx, input) },
};
