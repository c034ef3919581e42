import { disableVendorUser, inviteVendorUser, listVendorUsers } from '#subgraphs/auth/index';
import type { Resolvers } from '../types.generated';
import { requireVendor } from '../vendors/vendors.queries';

export const resolvers: Resolvers = {
  Query: {
    vendorUsers: async (_, { vendorId, ...page }, ctx) =>
      listVendorUsers(ctx, (await requireVendor(ctx.db, vendorId)).id, page),
  },
  Mutation: {
    inviteVendorUser: async (_, { vendorId, input }, ctx) =>
      inviteVendorUser(ctx, (await requireVendor(ctx.db, vendorId)).id, input),
    disableVendorUser: async (_, { vendorId, userId }, ctx) =>
      disableVendorUser(ctx, (await requireVendor(ctx.db, vendorId)).id, userId),
  },
  VendorUser: {
    vendorId: ({ vendorId }) => vendorId!,
    active: ({ disabledAt }) => disabledAt === null,
    emailVerified: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
  },
};
