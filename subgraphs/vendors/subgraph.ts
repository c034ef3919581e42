/** Vendors in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as vendors } from './vendors/resolvers';

export const subgraph = defineSubgraph(__dirname, { resolvers: mergeResolvers([vendors]) });
