import { cancelJob, findJob, listJobs } from '#kernel/import/import-jobs';
import { importErrorFields, importJobFields, listRowErrors } from '#kernel/import/import-report';
import type { ImportKind } from '#kernel/import/importer';
import type { Resolvers } from '../types.generated';

/** The imports that a caller with the permission to write currencies and languages may see. */
const KINDS: readonly ImportKind[] = ['exchange_rate', 'translation'];

export const resolvers: Resolvers = {
  Query: {
    i18nImport: (_, { id }, ctx) => findJob(ctx, KINDS, id),
    i18nImports: (_, filter, ctx) => listJobs(ctx, KINDS, filter),
    i18nImportErrors: (_, { importId, ...filter }, ctx) => listRowErrors(ctx, KINDS, importId, filter),
  },
  Mutation: {
    cancelI18nImport: (_, { id }, ctx) => cancelJob(ctx, KINDS, id),
  },
  ImportJob: importJobFields,
  ImportError: importErrorFields,
};
