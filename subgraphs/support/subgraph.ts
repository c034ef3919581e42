/** Support in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as answers } from './answers/resolvers';
import { resolvers as merging } from './merging/resolvers';
import { resolvers as queues } from './queues/resolvers';
import { resolvers as ratings } from './ratings/resolvers';
import { resolvers as settings } from './settings/resolvers';
import { startTicketChecks } from './sla/check-tickets.worker';
import { resolvers as sla } from './sla/resolvers';
import { resolvers as tickets } from './tickets/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  resolvers: mergeResolvers([answers, merging, queues, ratings, settings, sla, tickets]),
  start: (services) => Promise.resolve(startTicketChecks(services)),
});
