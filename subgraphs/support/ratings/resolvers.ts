import type { Resolvers } from '../types.generated';
import { rateTicket } from './rate-ticket';
import { ratingUrl } from './rating-link';

export const resolvers: Resolvers = {
  Mutation: {
    rateTicket: (_, { input }, ctx) => rateTicket(ctx, input),
  },
  Ticket: {
    ratingUrl: (ticket, _, ctx) => ratingUrl(ctx.config, ticket) ?? null,
  },
};
