/** Languages into which an organization translates its texts. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion, isChanged } from '#kernel/db/versions';
import { PosProError, invalid, notFound } from '#kernel/errors';
import { canonicalLanguage } from '#kernel/messages/language-tags.rules';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { lockOrganization } from '#subgraphs/auth/index';
import { languageChanged } from '../events';
import type { AddLanguageInput, UpdateLanguageInput } from '../inputs.generated';
import { languages, type LanguageRow } from '../tables.generated';
import { fallbackChain } from './language-match.rules';
import { readLanguages } from './request-language';

/** A language as it is shown; version 0 for the default language, which is a setting of the organization. */
export interface ShownLanguage extends Pick<LanguageRow, 'code' | 'fallback' | 'version'> {
  readonly isDefault: boolean;
  /** Null for the default language. */
  readonly updatedAt: Date | null;
  /** The languages in which a text is looked for. */
  readonly chain: string[];
}

/** Maximum number of languages of an organization. */
const MAX_LANGUAGES = 50;

async function storedLanguages(tx: Pick<Transaction, 'many'>): Promise<LanguageRow[]> {
  return tx.many<LanguageRow>(sql`select ${languages.select('l')} from languages l order by l.code`);
}

/** The languages of the caller's organization, the default one first. */
export async function listLanguages(ctx: RequestContext): Promise<ShownLanguage[]> {
  const { defaultLanguage } = await readLanguages(ctx.db);
  const stored = (await storedLanguages(ctx.db)).filter(({ code }) => code !== defaultLanguage);
  return [
    {
      code: defaultLanguage,
      fallback: null,
      isDefault: true,
      chain: [defaultLanguage],
      updatedAt: null,
      version: 0,
    },
    ...stored.map((row) => toShown(row, stored, defaultLanguage)),
  ];
}

function toShown(row: LanguageRow, stored: readonly LanguageRow[], defaultLanguage: string): ShownLanguage {
  const { code, fallback, updatedAt, version } = row;
  const chain = fallbackChain(code, stored, defaultLanguage);
  return { code, fallback, updatedAt, version, isDefault: false, chain };
}

function checkedCode(field: string, text: string): string {
  const code = canonicalLanguage(text);
  if (code !== undefined && code.length <= 35) return code;
  throw invalid(field, 'Is not a language tag of BCP 47, such as "de" or "pt-BR".');
}

/** A fallback that is a language of the organization, and does not lead back. @throws PosProError 422 */
function checkedFallback(
  text: string | null,
  code: string,
  stored: readonly LanguageRow[],
  defaultLanguage: string,
): string | null {
  if (text === null || text.trim() === '') return null;
  const fallback = checkedCode('fallback', text);
  const others = stored.filter((one) => one.code !== code);
  if (fallback !== defaultLanguage && !others.some((one) => one.code === fallback))
    throw invalid('fallback', `"${fallback}" is not another language of the organization.`, 'NOT_FOUND');
  if (fallbackChain(fallback, stored, defaultLanguage).includes(code))
    throw invalid('fallback', `"${fallback}" falls back to "${code}" itself.`, 'CYCLE');
  return fallback;
}

/**
 * Adds a language. Emits "language.changed".
 * @throws PosProError 422 by field; 409 ALREADY_EXISTS for a language of the organization.
 */
export async function addLanguage(ctx: RequestContext, input: AddLanguageInput): Promise<ShownLanguage> {
  const code = checkedCode('code', input.code);
  return transact(ctx, async (tx) => {
    await lockOrganization(tx);
    const { defaultLanguage } = await readLanguages(tx);
    const stored = await storedLanguages(tx);
    if (code === defaultLanguage || stored.some((one) => one.code === code))
      throw new PosProError('ALREADY_EXISTS', `The organization has the language "${code}" already.`, {
        errors: [{ field: 'code', message: 'The organization has this language already.', code: 'TAKEN' }],
      });
    if (stored.length >= MAX_LANGUAGES)
      throw invalid('code', `An organization has at most ${MAX_LANGUAGES} languages.`, 'TOO_MANY');
    const fallback = checkedFallback(input.fallback ?? null, code, stored, defaultLanguage);
    const row = { organizationId: tx.organizationId, code, fallback, createdAt: tx.now, updatedAt: tx.now };
    const added = await tx.prisma.language.create({ data: row });
    tx.emit(languageChanged({ key: code, payload: { code, change: 'created' } }));
    return toShown(added, [...stored, added], defaultLanguage);
  });
}

/** The language to change, locked with the others. @throws PosProError 404; 409 and 412 for another version. */
async function lockLanguage(tx: Transaction, text: string, version: number | null | undefined) {
  await lockOrganization(tx);
  const stored = await storedLanguages(tx);
  const code = canonicalLanguage(text);
  const before = stored.find((one) => one.code === code);
  if (!before) throw notFound('language', text);
  assertVersion(tx, 'language', before, version);
  return { before, stored, defaultLanguage: (await readLanguages(tx)).defaultLanguage };
}

/**
 * Changes the fallback of a language; null removes it. Emits "language.changed".
 * @throws PosProError 404; 422 for an invalid fallback; 409 for another version.
 */
export async function updateLanguage(
  ctx: RequestContext,
  code: string,
  input: UpdateLanguageInput,
): Promise<ShownLanguage> {
  return transact(ctx, async (tx) => {
    const { before, stored, defaultLanguage } = await lockLanguage(tx, code, input.version);
    const fallback =
      input.fallback === undefined
        ? before.fallback
        : checkedFallback(input.fallback, before.code, stored, defaultLanguage);
    const after = await tx.prisma.language.update({
      where: { organizationId_code: { organizationId: tx.organizationId, code: before.code } },
      data: { fallback, updatedAt: tx.now },
    });
    if (isChanged(before, after))
      tx.emit(languageChanged({ key: before.code, payload: { code: before.code, change: 'updated' } }));
    const others = stored.filter((one) => one.code !== before.code);
    return toShown(after, [...others, after], defaultLanguage);
  });
}

/**
 * Deletes a language without translations, which is not the fallback of another one. Emits "language.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE while it is in use, and CONFLICT for another version.
 */
export async function deleteLanguage(
  ctx: RequestContext,
  code: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const { before, stored } = await lockLanguage(tx, code, version);
    const dependent = stored.find(({ fallback }) => fallback === before.code);
    if (dependent)
      throw new PosProError('ILLEGAL_STATE', `"${dependent.code}" falls back to "${before.code}".`);
    const translation = await tx.prisma.translation.findFirst({ where: { language: before.code } });
    if (translation)
      throw new PosProError(
        'ILLEGAL_STATE',
        `There are translations into "${before.code}"; delete them first.`,
      );
    await tx.prisma.language.deleteMany({ where: { code: before.code } });
    tx.emit(languageChanged({ key: before.code, payload: { code: before.code, change: 'deleted' } }));
    return deletionOf(before.code);
  });
}
