import type { RequestContext } from '#kernel/context';
import { loader } from '#kernel/graph/loader';
import { textFallbacks, translated } from '#subgraphs/i18n/index';
import type { Resolvers } from '../types.generated';
import { createBrand, deleteBrand, updateBrand } from './brands';
import { brandsById, listBrands } from './brands.queries';

const brandLoader = (ctx: RequestContext) => loader(ctx, 'catalog.brand', (ids) => brandsById(ctx.db, ids));

export const brandResolvers: Resolvers = {
  Query: {
    brands: (_, args, ctx) => listBrands(ctx.db, args),
  },
  Mutation: {
    createBrand: (_, { input }, ctx) => createBrand(ctx, input),
    updateBrand: (_, { id, input }, ctx) => updateBrand(ctx, id, input),
    deleteBrand: (_, { id, version }, ctx) => deleteBrand(ctx, id, version),
  },
  Brand: {
    __resolveReference: ({ id }, ctx) => brandLoader(ctx).load(id),
    name: ({ id, name }, _, ctx) => translated(ctx, { entity: 'brand', id }, 'name', name),
    fallbacks: ({ id, name }, _, ctx) => textFallbacks(ctx, { entity: 'brand', id }, { name }),
  },
};
