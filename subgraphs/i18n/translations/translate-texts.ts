/** Texts of rows in the language of a request. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { loader } from '#kernel/graph/loader';
import { fallbackChain } from '../languages/language-match.rules';
import { readLanguages, requestLanguage, type RequestLanguage } from '../languages/request-language';
import { sourceHash } from './translations.queries';

/** A row with texts: its kind and its id. */
export interface TranslatedRow {
  readonly entity: string;
  readonly id: string;
}

/** A translation of a text. */
interface StoredText {
  readonly field: string;
  readonly language: string;
  readonly value: string;
  /** Of the text that was translated. */
  readonly sourceHash: string;
}

/** The translations of rows of one kind into some languages, by the row's id. One statement. */
async function textsOf(
  db: Queryable,
  entity: string,
  ids: readonly string[],
  languages: readonly string[],
): Promise<ReadonlyMap<string, StoredText[]>> {
  const rows = await db.many<StoredText & { entityId: string }>(sql`
    select t.entity_id, t.field, t.language, t.value, t.source_hash from translations t
    where t.organization_id = ${db.organizationId}::uuid and t.entity = ${entity} and t.entity_id = any(${ids}::uuid[])
      and t.language = any(${languages}::text[])`);
  return groupBy(rows, ({ entityId }) => entityId);
}

/** The languages of a request with translations: none for the default language. */
function translatedLanguages({ chain }: RequestLanguage): readonly string[] {
  return chain.slice(0, -1);
}

function storedTexts(
  ctx: RequestContext,
  { entity, id }: TranslatedRow,
  language: RequestLanguage,
): Promise<StoredText[] | undefined> {
  const languages = translatedLanguages(language);
  return loader(ctx, `i18n.texts.${entity}`, (ids) => textsOf(ctx.db, entity, ids, languages)).load(id);
}

/** The first language of the chain that has the text. */
function firstOf(
  stored: readonly StoredText[],
  field: string,
  language: RequestLanguage,
): StoredText | undefined {
  for (const code of translatedLanguages(language)) {
    const text = stored.find((one) => one.field === field && one.language === code);
    if (text) return text;
  }
  return undefined;
}

/**
 * A text of a row in the language of the request, or in the first language of its chain that has it; the text itself in the default
 * language. Nothing is read for a request in the default language; otherwise, all rows of a kind that a request shows cost one statement.
 *
 * @example
 * Product: { name: ({ id, name }, _, ctx) => translated(ctx, { entity: 'product', id }, 'name', name) }
 */
export function translated<Text extends string | null>(
  ctx: RequestContext,
  row: TranslatedRow,
  field: string,
  text: Text,
): Text | Promise<Text> {
  // A text that is missing is not translated either.
  if (text === null || text === '') return text;
  const language = requestLanguage(ctx);
  if (language === undefined) return text;
  if (language instanceof Promise) return language.then((known) => inLanguage(ctx, row, field, text, known));
  return language.chain.length === 1 ? text : inLanguage(ctx, row, field, text, language);
}

async function inLanguage<Text extends string | null>(
  ctx: RequestContext,
  row: TranslatedRow,
  field: string,
  text: Text,
  language: RequestLanguage,
): Promise<Text> {
  if (language.chain.length === 1) return text;
  const stored = await storedTexts(ctx, row, language);
  return (firstOf(stored ?? [], field, language)?.value as Text | undefined) ?? text;
}

/** A text that is shown in another language than the request's. */
export interface TextFallback {
  readonly field: string;
  readonly language: string;
}

/** The texts of a row that are not in the language of the request, each with its language. @param texts the texts themselves. */
export async function textFallbacks(
  ctx: RequestContext,
  row: TranslatedRow,
  texts: Readonly<Record<string, string | null>>,
): Promise<TextFallback[]> {
  const language = await requestLanguage(ctx);
  if (language === undefined || language.chain.length === 1) return [];
  const stored = (await storedTexts(ctx, row, language)) ?? [];
  return Object.entries(texts).flatMap(([field, text]) => {
    if (text === null || text === '') return [];
    const shown = firstOf(stored, field, language)?.language ?? language.chain.at(-1)!;
    return shown === language.code ? [] : [{ field, language: shown }];
  });
}

/** Finds the translation of a text of a row; undefined if this very text has none. */
export type FindText = (id: string, text: string) => string | undefined;

/**
 * Texts of rows in a language, or in the next one of its chain, for documents that do not change afterwards. Two statements; one in the
 * default language.
 */
export async function textsIn(
  db: Queryable,
  code: string,
  { entity, field }: { entity: string; field: string },
  ids: readonly string[],
): Promise<FindText> {
  const { others, defaultLanguage } = await readLanguages(db);
  const language = { code, chain: fallbackChain(code, others, defaultLanguage) };
  if (language.chain.length === 1) return () => undefined;
  const byId = await textsOf(db, entity, ids, translatedLanguages(language));
  return (id, text) => {
    const hash = sourceHash(text);
    const current = (byId.get(id) ?? []).filter((stored) => stored.sourceHash === hash);
    return firstOf(current, field, language)?.value;
  };
}
