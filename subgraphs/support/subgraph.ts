/** Support in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { attachmentRoute } from './attachments/attachment-route';
import { startAttachmentPruning } from './attachments/prune-attachments.worker';
import { resolvers as attachments } from './attachments/resolvers';
import { resolvers as answers } from './answers/resolvers';
import { mailRoute } from './mail/mail-route';
import { resolvers as mail } from './mail/resolvers';
import { startTicketMails } from './mail/send-mails.worker';
import { resolvers as merging } from './merging/resolvers';
import { resolvers as queues } from './queues/resolvers';
import { resolvers as ratings } from './ratings/resolvers';
import { SUPPORT_RETENTION } from './retention';
import { resolvers as settings } from './settings/resolvers';
import { startTicketChecks } from './sla/check-tickets.worker';
import { resolvers as sla } from './sla/resolvers';
import { resolvers as tickets } from './tickets/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  retention: SUPPORT_RETENTION,
  resolvers: mergeResolvers([answers, attachments, mail, merging, queues, ratings, settings, sla, tickets]),
  routes: [mailRoute],
  files: [attachmentRoute],
  start: (services) => {
    const stops = [startTicketChecks, startAttachmentPruning, startTicketMails].map((start) =>
      start(services),
    );
    return Promise.resolve(async () => {
      await Promise.all(stops.map((stop) => stop()));
    });
  },
});
