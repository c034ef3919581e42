import type { RequestContext } from '#kernel/context';
import { loader } from '#kernel/graph/loader';
import { textFallbacks, translated } from '#subgraphs/i18n/index';
import type { Resolvers } from '../types.generated';
import { createCategory, deleteCategory, updateCategory } from './categories';
import { categoriesById, listCategories } from './categories.queries';

const categoryLoader = (ctx: RequestContext) =>
  loader(ctx, 'catalog.category', (ids) => categoriesById(ctx.db, ids));

export const categoryResolvers: Resolvers = {
  Query: {
    categories: (_, args, ctx) => listCategories(ctx.db, args),
  },
  Mutation: {
    createCategory: (_, { input }, ctx) => createCategory(ctx, input),
    updateCategory: (_, { id, input }, ctx) => updateCategory(ctx, id, input),
    deleteCategory: (_, { id, version }, ctx) => deleteCategory(ctx, id, version),
  },
  Category: {
    __resolveReference: ({ id }, ctx) => categoryLoader(ctx).load(id),
    name: ({ id, name }, _, ctx) => translated(ctx, { entity: 'category', id }, 'name', name),
    fallbacks: ({ id, name }, _, ctx) => textFallbacks(ctx, { entity: 'category', id }, { name }),
  },
};
