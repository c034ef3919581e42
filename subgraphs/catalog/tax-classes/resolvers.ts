import type { RequestContext } from '#kernel/context';
import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { createTaxClass, deleteTaxClass, updateTaxClass } from './tax-classes';
import { listTaxClasses, ratesOfClasses, taxClassesById } from './tax-classes.queries';
import { addTaxRate, deleteTaxRate } from './tax-rates';

const taxClassLoader = (ctx: RequestContext) =>
  loader(ctx, 'catalog.taxClass', (ids) => taxClassesById(ctx.db, ids, ctx.clock.now()));
const taxRatesLoader = (ctx: RequestContext) =>
  loader(ctx, 'catalog.taxRates', (ids) => ratesOfClasses(ctx, ids));

export const taxClassResolvers: Resolvers = {
  Query: {
    taxClasses: (_, args, ctx) => listTaxClasses(ctx.db, args, ctx.clock.now()),
  },
  Mutation: {
    createTaxClass: (_, { input }, ctx) => createTaxClass(ctx, input),
    updateTaxClass: (_, { id, input }, ctx) => updateTaxClass(ctx, id, input),
    deleteTaxClass: (_, { id, version }, ctx) => deleteTaxClass(ctx, id, version),
    addTaxRate: (_, { taxClassId, input }, ctx) => addTaxRate(ctx, taxClassId, input),
    deleteTaxRate: (_, { taxClassId, taxRateId }, ctx) => deleteTaxRate(ctx, taxClassId, taxRateId),
  },
  TaxClass: {
    __resolveReference: ({ id }, ctx) => taxClassLoader(ctx).load(id),
    rates: async ({ id }, _, ctx) => (await taxRatesLoader(ctx).load(id)) ?? [],
  },
};
