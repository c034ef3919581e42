import { ZERO } from '#kernel/decimal';
import { loader } from '#kernel/graph/loader';
import { formatMoney } from '#kernel/money';
import type { Resolvers } from '../types.generated';
import { payableAmounts } from '../payouts/payable-entries';
import { maskedAccount } from './bank-account.rules';
import { createVendor, moveVendor, updateVendor, updateVendorAccount } from './vendors';
import { listVendorProducts, listVendors, requireVendor, vendorsByIds } from './vendors.queries';

export const resolvers: Resolvers = {
  Query: {
    vendors: (_, filter, ctx) => listVendors(ctx.db, filter),
    vendor: (_, { id }, ctx) => requireVendor(ctx.db, id),
    vendorProducts: (_, { vendorId, ...filter }, ctx) => listVendorProducts(ctx, vendorId, filter),
  },
  Mutation: {
    createVendor: (_, { input }, ctx) => createVendor(ctx, input),
    updateVendor: (_, { id, input }, ctx) => updateVendor(ctx, id, input),
    updateVendorAccount: (_, { id, input }, ctx) => updateVendorAccount(ctx, id, input),
    reviewVendor: (_, { id, input }, ctx) => moveVendor(ctx, id, 'review', input),
    approveVendor: (_, { id, input }, ctx) => moveVendor(ctx, id, 'approve', input),
    suspendVendor: (_, { id, input }, ctx) => moveVendor(ctx, id, 'suspend', input),
    closeVendor: (_, { id, input }, ctx) => moveVendor(ctx, id, 'close', input),
  },
  Vendor: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'vendors.vendor', (ids) => vendorsByIds(ctx.db, ids)).load(id)) ?? null,
    bankAccount: (vendor) => maskedAccount(vendor),
    payable: async ({ id, currency }, _, ctx) => {
      const payable = loader(ctx, 'vendors.payable', (ids) => payableAmounts(ctx.db, ids, ctx.clock.now()));
      return formatMoney((await payable.load(id)) ?? ZERO, currency);
    },
  },
};
