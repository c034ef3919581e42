import { subscription } from '#kernel/graph/event-stream';
import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { assignTicket, updateTicket, updateTicketStatus } from './change-ticket';
import { createTicket } from './create-ticket';
import { replyToTicket } from './reply-to-ticket';
import { ticketChanges } from './subscriptions';
import { listMessages, messagesByIds } from './ticket-messages';
import { STEPS, ticketNumber } from './ticket-states.rules';
import { listTickets, requireTicket, ticketsByIds } from './tickets.queries';

export const resolvers: Resolvers = {
  Query: {
    tickets: (_, filter, ctx) => listTickets(ctx, filter),
    ticket: (_, { id }, ctx) => requireTicket(ctx.db, id),
  },
  Mutation: {
    createTicket: (_, { input }, ctx) => createTicket(ctx, input),
    updateTicket: (_, { id, input }, ctx) => updateTicket(ctx, id, input),
    replyToTicket: (_, { id, input }, ctx) => replyToTicket(ctx, id, input),
    updateTicketStatus: (_, { id, input }, ctx) => updateTicketStatus(ctx, id, input),
    assignTicket: (_, { id, input }, ctx) => assignTicket(ctx, id, input),
  },
  Subscription: {
    ticketChanged: subscription((_, filter, ctx) => ticketChanges(ctx, filter)),
  },
  Ticket: {
    __resolveReference: async ({ id }, ctx) =>
      // An earlier mutation of the same request may have changed it.
      (await loader(ctx, 'support.ticket', (ids) => ticketsByIds(ctx.db, ids))
        .clear(id)
        .load(id)) ?? null,
    number: ({ number }) => ticketNumber(number),
    nextStatuses: ({ status }) => [...STEPS[status]],
    messages: ({ id }, page, ctx) => listMessages(ctx.db, id, page),
    sla: (ticket) => (ticket.slaPolicyId === null ? null : ticket),
  },
  TicketReply: { messageId: ({ message }) => message.id },
  TicketMessage: {
    __resolveReference: async ({ id }, ctx) =>
      (await loader(ctx, 'support.message', (ids) => messagesByIds(ctx.db, ids)).load(id)) ?? null,
  },
};
