import { loader } from '#kernel/graph/loader';
import type { Resolvers } from '../types.generated';
import { mailSettings, updateMailSettings } from './mail-settings';
import { mailsOfMessages } from './ticket-mails';

export const resolvers: Resolvers = {
  Query: {
    supportMailSettings: (_, __, ctx) => mailSettings(ctx.db),
  },
  Mutation: {
    updateSupportMailSettings: (_, { input }, ctx) => updateMailSettings(ctx, input),
  },
  TicketMessage: {
    mailStatus: async ({ id }, _, ctx) => {
      const mail = await loader(ctx, 'support.mails', (ids) => mailsOfMessages(ctx.db, ids)).load(id);
      return mail && mail.status !== 'received' ? mail.status : null;
    },
  },
};
