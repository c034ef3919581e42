import type { Resolvers } from '../types.generated';
import { supportSettings, updateSupportSettings } from './support-settings';

export const resolvers: Resolvers = {
  Query: {
    supportSettings: (_, __, ctx) => supportSettings(ctx.db),
  },
  Mutation: {
    updateSupportSettings: (_, { input }, ctx) => updateSupportSettings(ctx, input),
  },
};
