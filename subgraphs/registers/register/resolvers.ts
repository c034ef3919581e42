import { subscription } from '#kernel/graph/event-stream';
import { loadRequired } from '#kernel/graph/loader';
import type { SubscriptionRegisterChangedArgs } from '../inputs.generated';
import type { Resolvers } from '../types.generated';
import { registerLoader } from './register-loader';
import { createRegister, listRegisters, updateRegister } from './registers';
import { registerChanges } from './subscriptions';

export const resolvers: Resolvers = {
  Query: {
    registers: (_, args, ctx) => listRegisters(ctx, args),
    register: (_, { id }, ctx) => loadRequired(registerLoader(ctx), 'register', id),
  },
  Mutation: {
    createRegister: (_, { input }, ctx) => createRegister(ctx, input),
    updateRegister: (_, { id, input }, ctx) => updateRegister(ctx, id, input),
  },
  Subscription: {
    registerChanged: subscription((_, watch: SubscriptionRegisterChangedArgs, ctx) =>
      registerChanges(ctx, watch),
    ),
  },
  Register: {
    __resolveReference: async ({ id }, ctx) => (await registerLoader(ctx).load(id)) ?? null,
  },
};
