import type { RequestContext } from '#kernel/context';
import { loader } from '#kernel/graph/loader';
import { formatMoney } from '#kernel/money';
import { currencyOf } from '#subgraphs/auth/index';
import type { Resolvers } from '../types.generated';
import { addLoyaltyPoints, enrollCustomer, redeemLoyaltyPoints } from './manual-points';
import { expiringPoints, listLoyaltyEntries, loyaltyBalance, membersByIds } from './members.queries';
import { loyaltyProgram, updateLoyaltyProgram } from './program';
import { createLoyaltyTier, deleteLoyaltyTier, listTiers, requireTier, updateLoyaltyTier } from './tiers';

const member = (ctx: RequestContext, customerId: string) =>
  loader(ctx, 'marketing.member', (ids) => membersByIds(ctx.db, ids)).load(customerId);

export const resolvers: Resolvers = {
  Query: {
    loyaltyProgram: (_, __, ctx) => loyaltyProgram(ctx.db),
    loyaltyTiers: (_, __, ctx) => listTiers(ctx.db),
    loyaltyTier: (_, { id }, ctx) => requireTier(ctx.db, id),
    loyaltyBalance: (_, { customerId }, ctx) => loyaltyBalance(ctx, ctx.db, customerId),
    loyaltyEntries: (_, { customerId, ...page }, ctx) => listLoyaltyEntries(ctx.db, customerId, page),
  },
  Mutation: {
    updateLoyaltyProgram: (_, { input }, ctx) => updateLoyaltyProgram(ctx, input),
    createLoyaltyTier: (_, { input }, ctx) => createLoyaltyTier(ctx, input),
    updateLoyaltyTier: (_, { id, input }, ctx) => updateLoyaltyTier(ctx, id, input),
    deleteLoyaltyTier: (_, { id, version }, ctx) => deleteLoyaltyTier(ctx, id, version),
    addLoyaltyPoints: (_, { customerId, input }, ctx) => addLoyaltyPoints(ctx, customerId, input),
    redeemLoyaltyPoints: (_, { customerId, input }, ctx) => redeemLoyaltyPoints(ctx, customerId, input),
    enrollCustomer: (_, { customerId, input }, ctx) => enrollCustomer(ctx, customerId, input),
  },
  Customer: {
    __resolveReference: ({ id }) => ({ id }),
    points: async ({ id }, _, ctx) => (await member(ctx, id))?.balance ?? 0,
    tier: async ({ id }, _, ctx) => {
      const tierId = (await member(ctx, id))?.tierId;
      if (tierId == null) return null;
      const load = async () => new Map((await listTiers(ctx.db)).map((tier) => [tier.id, tier]));
      return (await loader(ctx, 'marketing.tier', load).load(tierId)) ?? null;
    },
  },
  LoyaltyBalance: {
    expiring: ({ customerId }, _, ctx) => expiringPoints(ctx.db, customerId),
    entries: ({ customerId }, page, ctx) => listLoyaltyEntries(ctx.db, customerId, page),
  },
  LoyaltyEntry: {
    amount: async ({ amount }, _, ctx) => amount && formatMoney(amount, await currencyOf(ctx)),
    currency: (_, __, ctx) => currencyOf(ctx),
  },
};
