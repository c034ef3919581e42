import type { Resolvers } from '../types.generated';
import { setupState } from './setup-state.queries';
import { toSetup } from './setup-steps.rules';

export const setupResolvers: Resolvers = {
  Query: {
    setup: async (_, __, ctx) => toSetup(await setupState(ctx), ctx.config.mail.smtpUrl !== undefined),
  },
};
