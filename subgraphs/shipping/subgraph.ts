/** Shipping in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as rates } from './rates/resolvers';
import { resolvers as shipments } from './shipments/resolvers';
import { resolvers as zones } from './zones/resolvers';

export const subgraph = defineSubgraph(__dirname, { resolvers: mergeResolvers([rates, shipments, zones]) });
