import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { requireVendor } from '../vendors/vendors.queries';
import { adjustVendorBalance } from './adjust-balance';
import {
  itemsOfVendorOrders,
  listCommissions,
  listVendorEntries,
  listVendorOrders,
} from './vendor-ledger.queries';

export const resolvers: Resolvers = {
  Query: {
    vendorOrders: async (_, { vendorId, ...filter }, ctx) =>
      listVendorOrders(ctx, (await requireVendor(ctx.db, vendorId)).id, filter),
    vendorCommissions: async (_, { vendorId, ...filter }, ctx) =>
      listCommissions(ctx, await requireVendor(ctx.db, vendorId), filter),
    vendorEntries: async (_, { vendorId, ...page }, ctx) =>
      listVendorEntries(ctx, (await requireVendor(ctx.db, vendorId)).id, page),
  },
  Mutation: {
    adjustVendorBalance: (_, { id, input }, ctx) => adjustVendorBalance(ctx, id, input),
  },
  VendorOrder: {
    items: async ({ id }, _, ctx) =>
      (await loader(ctx, 'vendors.itemsOfOrder', (ids) => itemsOfVendorOrders(ctx.db, ids)).load(id)) ?? [],
  },
};
