import type { Resolvers } from '../../types.generated';
import { accountingSettings, shownAccountingSettings, updateAccountingSettings } from './accounting-settings';

export const resolvers: Resolvers = {
  Query: {
    accountingSettings: async (_, __, ctx) => shownAccountingSettings(await accountingSettings(ctx.db)),
  },
  Mutation: {
    updateAccountingSettings: (_, { input }, ctx) => updateAccountingSettings(ctx, input),
  },
};
