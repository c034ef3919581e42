import { importErrorFields, importJobFields } from '#kernel/import/import-report';
import { formatPrice } from '../prices/format-price';
import type { InitialStock } from '../products/initial-stock';
import type { Resolvers } from '../types.generated';
import {
  bulkCreateProducts,
  bulkDeleteProducts,
  bulkUpdatePrices,
  bulkUpdateProducts,
  cancelImport,
  importJob,
  listImportErrors,
  listImportJobs,
} from './bulk-operations';
import { exportProducts } from './export-products';

/** @param initialStock posts the stock that new products start with. */
export const importResolvers = (initialStock: InitialStock): Resolvers => ({
  Query: {
    importJob: (_, { id }, ctx) => importJob(ctx, id),
    importJobs: (_, args, ctx) => listImportJobs(ctx, args),
    importErrors: (_, { importId, ...paging }, ctx) => listImportErrors(ctx, importId, paging),
    exportProducts: (_, args, ctx) => exportProducts(ctx, args),
  },
  Mutation: {
    bulkCreateProducts: (_, { input }, ctx) => bulkCreateProducts(ctx, input, initialStock),
    bulkUpdateProducts: (_, { input }, ctx) => bulkUpdateProducts(ctx, input),
    bulkUpdatePrices: (_, { input }, ctx) => bulkUpdatePrices(ctx, input),
    bulkDeleteProducts: (_, { input }, ctx) => bulkDeleteProducts(ctx, input),
    cancelImport: (_, { id }, ctx) => cancelImport(ctx, id),
  },
  ImportJob: importJobFields,
  ImportError: importErrorFields,
  ProductExport: {
    price: ({ price }, _, ctx) => formatPrice(ctx, price),
    cost: ({ cost }, _, ctx) => cost && formatPrice(ctx, cost),
  },
});
