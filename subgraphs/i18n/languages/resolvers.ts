import type { Resolvers } from '../types.generated';
import { isRightToLeft } from '#kernel/messages/language-tags.rules';
import { languageName } from './language-match.rules';
import { addLanguage, deleteLanguage, listLanguages, updateLanguage } from './languages';
import { requestLanguage } from './request-language';

export const resolvers: Resolvers = {
  Query: {
    languages: (_, __, ctx) => listLanguages(ctx),
  },
  Mutation: {
    addLanguage: (_, { input }, ctx) => addLanguage(ctx, input),
    updateLanguage: (_, { code, input }, ctx) => updateLanguage(ctx, code, input),
    deleteLanguage: (_, { code, version }, ctx) => deleteLanguage(ctx, code, version),
  },
  Language: {
    name: async ({ code }, _, ctx) => languageName(code, (await requestLanguage(ctx))?.code ?? 'en'),
    nativeName: ({ code }) => languageName(code, code),
    rightToLeft: ({ code }) => isRightToLeft(code),
  },
};
