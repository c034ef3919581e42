import { warehouseById } from '../field-helpers';
import type { Resolvers } from '../types.generated';
import { createWarehouse, listWarehouses } from './warehouses';

export const resolvers: Resolvers = {
  Query: {
    warehouses: (_, args, ctx) => listWarehouses(ctx, args),
  },
  Mutation: {
    createWarehouse: (_, { input }, ctx) => createWarehouse(ctx, input),
  },
  Warehouse: {
    __resolveReference: async ({ id }, ctx) => (await warehouseById(ctx, id)) ?? null,
  },
};
