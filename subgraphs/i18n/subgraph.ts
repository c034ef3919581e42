/** Currencies and languages in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { IMPORT_SCHEMA } from '#kernel/import/import-report';
import { stopImports } from '#kernel/import/start-import';
import { resolvers as currencies } from './currencies/resolvers';
import { resolvers as imports } from './import/resolvers';
import { resolvers as rates } from './rates/resolvers';

export const subgraph = defineSubgraph(__dirname, {
  sharedTypes: [IMPORT_SCHEMA],
  resolvers: mergeResolvers([currencies, imports, rates]),
  start: () => Promise.resolve(stopImports),
});
