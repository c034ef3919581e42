import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import {
  activeCounts,
  createTicketQueue,
  deleteTicketQueue,
  listTicketQueues,
  queuesByIds,
  requireQueue,
  updateTicketQueue,
} from './ticket-queues';

export const resolvers: Resolvers = {
  Query: {
    ticketQueues: (_, filter, ctx) => listTicketQueues(ctx.db, filter),
    ticketQueue: (_, { id }, ctx) => requireQueue(ctx.db, id),
  },
  Mutation: {
    createTicketQueue: (_, { input }, ctx) => createTicketQueue(ctx, input),
    updateTicketQueue: (_, { id, input }, ctx) => updateTicketQueue(ctx, id, input),
    deleteTicketQueue: (_, { id, version }, ctx) => deleteTicketQueue(ctx, id, version),
  },
  TicketQueue: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'support.queue', (ids) => queuesByIds(ctx.db, ids)).load(id)) ?? null,
    activeTicketsCount: async ({ id }, _, ctx) =>
      (await loader(ctx, 'support.activeCounts', (ids) => activeCounts(ctx.db, ids)).load(id)) ?? 0,
  },
};
