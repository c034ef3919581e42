import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { maskedAccount } from '../vendors/bank-account.rules';
import { payoutVendor, payoutVendors } from './pay-vendors';
import { payoutStatement, payoutTransfer } from './payout-files';
import { updateVendorPayoutStatus } from './payout-status';
import {
  listPayoutEntries,
  listPayouts,
  payoutsByIds,
  requirePayout,
  requireRun,
  runsByIds,
} from './payouts.queries';

export const resolvers: Resolvers = {
  Query: {
    vendorPayouts: (_, filter, ctx) => listPayouts(ctx.db, filter),
    vendorPayout: (_, { id }, ctx) => requirePayout(ctx.db, id),
    vendorPayoutEntries: (_, { payoutId, ...page }, ctx) => listPayoutEntries(ctx.db, payoutId, page),
    vendorPayoutRun: (_, { id }, ctx) => requireRun(ctx.db, id),
    vendorPayoutStatement: (_, { id }, ctx) => payoutStatement(ctx, id),
    vendorPayoutTransfer: (_, { runId }, ctx) => payoutTransfer(ctx, runId),
  },
  Mutation: {
    payoutVendor: (_, { id, input }, ctx) => payoutVendor(ctx, id, input),
    payoutVendors: (_, { input }, ctx) => payoutVendors(ctx, input),
    updateVendorPayoutStatus: (_, { id, input }, ctx) => updateVendorPayoutStatus(ctx, id, input),
  },
  VendorPayout: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'vendors.payout', (ids) => payoutsByIds(ctx.db, ids)).load(id)) ?? null,
    bankAccount: (payout) => maskedAccount(payout)!,
  },
  VendorPayoutRun: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'vendors.payoutRun', (ids) => runsByIds(ctx.db, ids)).load(id)) ?? null,
  },
};
