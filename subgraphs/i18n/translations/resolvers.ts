import type { Resolvers } from '../types.generated';
import { exportTranslations } from './export-translations';
import { importTranslations } from './import-translations';
import { addTranslation, deleteTranslation } from './translations';
import {
  listTranslations,
  requireEntity,
  translationProgress,
  type Translatables,
} from './translations.queries';

/** @param translatables the kinds of rows with texts that can be translated. */
export const translationResolvers = (translatables: Translatables): Resolvers => ({
  Query: {
    translations: async (_, { entity, ...filter }, ctx) => {
      const page = await listTranslations(ctx.db, requireEntity(translatables, entity), filter);
      return { ...page, items: page.items.map((item) => ({ ...item, entity })) };
    },
    translationProgress: (_, __, ctx) => translationProgress(ctx.db, translatables),
    exportTranslations: (_, args, ctx) => exportTranslations(ctx, translatables, args),
  },
  Mutation: {
    addTranslation: (_, { input }, ctx) => addTranslation(ctx, translatables, input),
    deleteTranslation: (_, { id }, ctx) => deleteTranslation(ctx, id),
    importTranslations: (_, { input }, ctx) => importTranslations(ctx, translatables, input),
  },
});
