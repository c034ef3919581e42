import type { Resolvers } from '../types.generated';
import { shownVendorSettings, updateVendorSettings, vendorSettings } from './vendor-settings';

export const resolvers: Resolvers = {
  Query: {
    vendorSettings: async (_, __, ctx) => shownVendorSettings(await vendorSettings(ctx.db)),
  },
  Mutation: {
    updateVendorSettings: (_, { input }, ctx) => updateVendorSettings(ctx, input),
  },
};
