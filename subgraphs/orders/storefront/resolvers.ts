import { itemName } from '#subgraphs/catalog/index';
import { translated } from '#subgraphs/i18n/index';
import type { Resolvers } from '../types.generated';
import { shownSettings, updateStorefrontSettings } from './storefront-settings';
import { listStorefrontProducts, storefrontProduct } from './storefront-products';

export const resolvers: Resolvers = {
  Query: {
    storefrontProducts: (_, filter, ctx) => listStorefrontProducts(ctx, filter),
    storefrontProduct: (_, { id, branchId }, ctx) => storefrontProduct(ctx, id, branchId),
    storefrontSettings: (_, __, ctx) => shownSettings(ctx),
  },
  StorefrontProduct: {
    name: ({ id, name }, _, ctx) => translated(ctx, { entity: 'product', id }, 'name', name),
    description: ({ id, description }, _, ctx) =>
      translated(ctx, { entity: 'product', id }, 'description', description),
  },
  StorefrontVariant: {
    name: (variant, _, ctx) => itemName(ctx, variant),
  },
  Mutation: {
    updateStorefrontSettings: (_, { input }, ctx) => updateStorefrontSettings(ctx, input),
  },
};
