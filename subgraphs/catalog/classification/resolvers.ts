import type { RequestContext } from '#kernel/context';
import { loader } from '#kernel/graph/loader';
import {
  brandsById,
  categoriesById,
  listBrands,
  listCategories,
  listTaxClasses,
  taxClassesById,
} from '../products/products.queries';
import type { Resolvers } from '../types.generated';
import { createBrand, createCategory, createTaxClass } from './groups';
import { addTaxRate, deleteTaxRate, ratesOfClasses } from './tax-rates';
import {
  deleteBrand,
  deleteCategory,
  deleteTaxClass,
  updateBrand,
  updateCategory,
  updateTaxClass,
} from './update-groups';

const categoryLoader = (ctx: RequestContext) =>
  loader(ctx, 'catalog.category', (ids) => categoriesById(ctx.db, ids));
const brandLoader = (ctx: RequestContext) => loader(ctx, 'catalog.brand', (ids) => brandsById(ctx.db, ids));
const taxClassLoader = (ctx: RequestContext) =>
  loader(ctx, 'catalog.taxClass', (ids) => taxClassesById(ctx.db, ids, ctx.clock.now()));
const taxRatesLoader = (ctx: RequestContext) =>
  loader(ctx, 'catalog.taxRates', (ids) => ratesOfClasses(ctx, ids));

export const classificationResolvers: Resolvers = {
  Query: {
    categories: (_, args, ctx) => listCategories(ctx.db, args),
    brands: (_, args, ctx) => listBrands(ctx.db, args),
    taxClasses: (_, args, ctx) => listTaxClasses(ctx.db, args, ctx.clock.now()),
  },
  Mutation: {
    createCategory: (_, { input }, ctx) => createCategory(ctx, input),
    updateCategory: (_, { id, input }, ctx) => updateCategory(ctx, id, input),
    deleteCategory: (_, { id, version }, ctx) => deleteCategory(ctx, id, version),
    createBrand: (_, { input }, ctx) => createBrand(ctx, input),
    updateBrand: (_, { id, input }, ctx) => updateBrand(ctx, id, input),
    deleteBrand: (_, { id, version }, ctx) => deleteBrand(ctx, id, version),
    createTaxClass: (_, { input }, ctx) => createTaxClass(ctx, input),
    updateTaxClass: (_, { id, input }, ctx) => updateTaxClass(ctx, id, input),
    deleteTaxClass: (_, { id, version }, ctx) => deleteTaxClass(ctx, id, version),
    addTaxRate: (_, { taxClassId, input }, ctx) => addTaxRate(ctx, taxClassId, input),
    deleteTaxRate: (_, { taxClassId, taxRateId }, ctx) => deleteTaxRate(ctx, taxClassId, taxRateId),
  },
  Category: {
    __resolveReference: ({ id }, ctx) => categoryLoader(ctx).load(id),
  },
  Brand: { __resolveReference: ({ id }, ctx) => brandLoader(ctx).load(id) },
  TaxClass: {
    __resolveReference: ({ id }, ctx) => taxClassLoader(ctx).load(id),
    rates: async ({ id }, _, ctx) => (await taxRatesLoader(ctx).load(id)) ?? [],
  },
};
