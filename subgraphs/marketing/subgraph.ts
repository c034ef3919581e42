/** Marketing in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as campaigns } from './campaigns/resolvers';
import { resolvers as codes } from './codes/resolvers';
import { startLoyalty } from './loyalty/loyalty.worker';
import { resolvers as loyalty } from './loyalty/resolvers';
import { MARKETING_RETENTION } from './retention';

export const subgraph = defineSubgraph(__dirname, {
  retention: MARKETING_RETENTION,
  resolvers: mergeResolvers([campaigns, codes, loyalty]),
  start: (services) => Promise.resolve(startLoyalty(services)),
});
