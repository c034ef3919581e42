import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import {
  createCommissionRule,
  deleteCommissionRule,
  listCommissionRules,
  requireRule,
  rulesByIds,
  updateCommissionRule,
} from './commission-rules';

export const resolvers: Resolvers = {
  Query: {
    commissionRules: (_, filter, ctx) => listCommissionRules(ctx.db, filter),
    commissionRule: (_, { id }, ctx) => requireRule(ctx.db, id),
  },
  Mutation: {
    createCommissionRule: (_, { input }, ctx) => createCommissionRule(ctx, input),
    updateCommissionRule: (_, { id, input }, ctx) => updateCommissionRule(ctx, id, input),
    deleteCommissionRule: (_, { id, version }, ctx) => deleteCommissionRule(ctx, id, version),
  },
  CommissionRule: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'vendors.commissionRule', (ids) => rulesByIds(ctx.db, ids)).load(id)) ?? null,
  },
};
