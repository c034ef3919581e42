import type { Resolvers } from '../types.generated';
import { shownSettings, updateStorefrontSettings } from './storefront-settings';
import { listStorefrontProducts, storefrontProduct } from './storefront-products';

export const resolvers: Resolvers = {
  Query: {
    storefrontProducts: (_, filter, ctx) => listStorefrontProducts(ctx, filter),
    storefrontProduct: (_, { id, branchId }, ctx) => storefrontProduct(ctx, id, branchId),
    storefrontSettings: (_, __, ctx) => shownSettings(ctx),
  },
  Mutation: {
    updateStorefrontSettings: (_, { input }, ctx) => updateStorefrontSettings(ctx, input),
  },
};
