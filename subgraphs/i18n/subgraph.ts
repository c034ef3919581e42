/** Currencies and languages in the graph: each topic has its own schema and resolvers. */
import { mergeResolvers } from '@graphql-tools/merge';
import { defineSubgraph } from '#kernel/graph/subgraph';
import { IMPORT_SCHEMA } from '#kernel/import/import-report';
import { stopImports } from '#kernel/import/start-import';
import { resolvers as currencies } from './currencies/resolvers';
import { resolvers as imports } from './import/resolvers';
import { resolvers as languages } from './languages/resolvers';
import { resolvers as rates } from './rates/resolvers';
import { I18N_RETENTION } from './retention';
import { translationResolvers } from './translations/resolvers';
import type { Translatables } from './translations/translations.queries';

/** @param later.translatables the kinds of rows with texts that can be translated, of all domains. */
export const subgraph = ({ translatables }: { translatables: Translatables }) =>
  defineSubgraph(__dirname, {
    retention: I18N_RETENTION,
    sharedTypes: [IMPORT_SCHEMA],
    resolvers: mergeResolvers([currencies, imports, languages, rates, translationResolvers(translatables)]),
    start: () => Promise.resolve(stopImports),
  });
