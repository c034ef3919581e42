/** Exports texts and their translations for translators. */
import type { RequestContext } from '#kernel/context';
import { invalid } from '#kernel/errors';
import { canonicalLanguage } from '#kernel/messages/language-tags.rules';
import { readLanguages } from '../languages/request-language';
import type { QueryExportTranslationsArgs } from '../inputs.generated';
import {
  listTranslations,
  requireEntity,
  type ShownTranslation,
  type Translatables,
} from './translations.queries';
import { toXliff } from './xliff.rules';

/** A file of translations. */
export interface TranslationFile {
  readonly fileName: string;
  readonly contentType: string;
  readonly content: string;
  readonly count: number;
}

const PAGE_SIZE = 1_000;
/** More would make an answer of several megabytes; the CSV of the list has no limit. */
const MAX_UNITS = 10_000;

/** @throws PosProError 404 for an unknown kind; 422 for a language that the organization does not have. */
export async function exportTranslations(
  ctx: RequestContext,
  translatables: Translatables,
  { entity: name, language: text, missing }: QueryExportTranslationsArgs,
): Promise<TranslationFile> {
  const entity = requireEntity(translatables, name);
  const { defaultLanguage, others } = await readLanguages(ctx.db);
  const language = canonicalLanguage(text);
  if (language === undefined || !others.some(({ code }) => code === language))
    throw invalid('language', 'Is not a language of the organization beside the default one.', 'NOT_FOUND');
  const units: ShownTranslation[] = [];
  let cursor: string | null = null;
  do {
    const page = await listTranslations(ctx.db, entity, { language, missing, size: PAGE_SIZE, cursor });
    units.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null && units.length < MAX_UNITS);
  return {
    fileName: `${name}.${language}.xlf`,
    contentType: 'application/xliff+xml',
    content: toXliff({ entity: name, sourceLanguage: defaultLanguage, targetLanguage: language, units }),
    count: units.length,
  };
}
