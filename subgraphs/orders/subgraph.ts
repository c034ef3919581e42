/** Orders in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as order } from './order/resolvers';
import { resolvers as refunds } from './refunds/resolvers';
import { resolvers as reports } from './reports/resolvers';

export const subgraph = defineSubgraph(__dirname, { resolvers: mergeResolvers([order, refunds, reports]) });
