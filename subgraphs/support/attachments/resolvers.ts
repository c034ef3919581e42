import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { downloadPath } from './attachment-route';
import { attachmentsOfMessages, uploadTicketAttachment } from './ticket-attachments';

export const resolvers: Resolvers = {
  Mutation: {
    uploadTicketAttachment: (_, { ticketId, input }, ctx) => uploadTicketAttachment(ctx, ticketId, input),
  },
  TicketMessage: {
    attachments: async ({ id }, _, ctx) =>
      (await loader(ctx, 'support.attachments', (ids) => attachmentsOfMessages(ctx.db, ids)).load(id)) ?? [],
  },
  TicketAttachment: { downloadPath: ({ id }) => downloadPath(id) },
};
