/** Support in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { attachmentRoute } from './attachments/attachment-route';
import { startAttachmentPruning } from './attachments/prune-attachments.worker';
import { resolvers as attachments } from './attachments/resolvers';
import { resolvers as answers } from './answers/resolvers';
import { resolvers as merging } from './merging/resolvers';
import { resolvers as queues } from './queues/resolvers';
import { resolvers as ratings } from './ratings/resolvers';
import { resolvers as settings } from './settings/resolvers';
import { startTicketChecks } from './sla/check-tickets.worker';
import { resolvers as sla } from './sla/resolvers';
import { resolvers as tickets } from './tickets/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  resolvers: mergeResolvers([answers, attachments, merging, queues, ratings, settings, sla, tickets]),
  files: [attachmentRoute],
  start: (services) => {
    const stops = [startTicketChecks(services), startAttachmentPruning(services)];
    return Promise.resolve(async () => {
      await Promise.all(stops.map((stop) => stop()));
    });
  },
});
