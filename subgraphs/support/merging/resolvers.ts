import type { Resolvers } from '../types.generated';
import { mergeTicket } from './merge-ticket';

export const resolvers: Resolvers = {
  Mutation: {
    mergeTicket: (_, { id, input }, ctx) => mergeTicket(ctx, id, input),
  },
};
