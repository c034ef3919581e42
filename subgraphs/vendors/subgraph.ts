/** Vendors in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { resolvers as commission } from './commission/resolvers';
import { resolvers as ledger } from './ledger/resolvers';
import { resolvers as payouts } from './payouts/resolvers';
import { VENDORS_RETENTION } from './retention';
import { resolvers as settings } from './settings/resolvers';
import { resolvers as users } from './users/resolvers';
import { resolvers as vendors } from './vendors/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  retention: VENDORS_RETENTION,
  resolvers: mergeResolvers([commission, ledger, payouts, settings, users, vendors]),
});
