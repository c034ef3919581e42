/** Sets and deletes translations. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { notFound, type FieldError } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { isUuid } from '#kernel/ids';
import { FieldErrors, textErrors } from '#kernel/validation';
import { translationChanged } from '../events';
import type { AddTranslationInput } from '../inputs.generated';
import { canonicalLanguage } from '#kernel/messages/language-tags.rules';
import { readLanguages } from '../languages/request-language';
import { translations, type NewTranslation, type TranslationRow } from '../tables.generated';
import type { TranslatableEntity, TranslatableField } from './translatable-entity';
import { sourceHash, sourceTexts, type ShownTranslation, type Translatables } from './translations.queries';

const REPLACED = translations.pick('value', 'sourceHash', 'updatedAt');

/** A translation to store. */
export type TranslationToWrite = Omit<NewTranslation, 'organizationId' | 'createdAt' | 'updatedAt'>;

/** Writes translations; an equal one is not written again. One statement. @returns the written ones. */
export function writeTranslations(
  tx: Transaction,
  rows: readonly TranslationToWrite[],
): Promise<(TranslationRow & { created: boolean })[]> {
  const more = { organizationId: tx.organizationId, createdAt: tx.now, updatedAt: tx.now };
  return tx.many(sql`
    ${translations.insertMany(rows.map((row) => ({ ...row, ...more })))}
    on conflict (organization_id, entity, entity_id, field, language) do update set ${REPLACED.excluded}
    where row(translations.value, translations.source_hash) is distinct from row(excluded.value, excluded.source_hash)
    returning ${translations.columns}, xmax = 0 as created`);
}

/** Emits "translation.changed", once for each language. */
export function emitTranslations(
  tx: Transaction,
  entity: string,
  written: readonly Pick<TranslationRow, 'language' | 'entityId'>[],
  change: 'set' | 'deleted',
): void {
  for (const language of new Set(written.map((row) => row.language))) {
    const ids = written.filter((row) => row.language === language).map(({ entityId }) => entityId);
    const payload = { entity, language, entityIds: [...new Set(ids)], change };
    tx.emit(translationChanged({ key: `${entity}.${language}`, payload }));
  }
}

/** The errors of a language into which texts are translated. */
export function languageErrors(field: string, code: string, known: ReadonlySet<string>): FieldError[] {
  if (known.has(code)) return [];
  const message = `"${code.slice(0, 40)}" is not a language of the organization beside the default one.`;
  return [{ field, message, code: 'NOT_FOUND' }];
}

/** The errors of a translation. */
export function valueErrors(field: string, value: string, { max, lines }: TranslatableField): FieldError[] {
  return textErrors(field, value, { min: 1, max, lines });
}

/** The present texts of rows, by id and field: "id.field". */
export async function presentTexts(
  tx: Transaction,
  entity: TranslatableEntity,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.many<{ id: string; field: string; source: string }>(sql`
    select e.id, f.field, f.source from ${sourceTexts(entity, sql`and e.id = any(${ids}::uuid[])`)}`);
  return new Map(rows.map(({ id, field, source }) => [`${id}.${field}`, source]));
}

/**
 * Sets the translation of a text; it replaces the earlier one. Emits "translation.changed".
 * @throws PosProError 422 by field, also for a row that does not exist.
 */
export async function addTranslation(
  ctx: RequestContext,
  translatables: Translatables,
  input: AddTranslationInput,
): Promise<ShownTranslation & { entity: string }> {
  const entity = translatables.get(input.entity);
  const field = entity?.fields.find(({ name }) => name === input.field);
  const language = canonicalLanguage(input.language) ?? input.language;
  const value = input.value.trim();
  const id = ctx.ids.next();
  return transact(ctx, async (tx) => {
    const errors = new FieldErrors();
    if (!entity) errors.add('entity', `Must be one of ${[...translatables.keys()].join(', ')}.`);
    else if (!field)
      errors.add('field', `Must be one of ${entity.fields.map(({ name }) => name).join(', ')}.`);
    const { others } = await readLanguages(tx);
    errors.take(languageErrors('language', language, new Set(others.map(({ code }) => code))));
    if (field) errors.take(valueErrors('value', value, field));
    const entityId = input.entityId.toLowerCase();
    const source =
      entity && field && isUuid(entityId)
        ? (await presentTexts(tx, entity, [entityId])).get(`${entityId}.${field.name}`)
        : undefined;
    if (entity && field && source === undefined)
      errors.add('entityId', `There is no ${entity.name} with this id that has the text.`, 'NOT_FOUND');
    errors.throwIfAny();
    const row = { id, entity: entity!.name, entityId, field: field!.name, language, value };
    const written = await writeTranslations(tx, [{ ...row, sourceHash: sourceHash(source!) }]);
    emitTranslations(tx, row.entity, written, 'set');
    const stored = await tx.one<TranslationRow>(sql`
      select ${translations.select('t')} from translations t
      where t.organization_id = ${tx.organizationId}::uuid and t.entity = ${row.entity} and t.entity_id = ${entityId}::uuid
        and t.field = ${row.field} and t.language = ${language}`);
    return toShownTranslation(stored, source!);
  });
}

function toShownTranslation(stored: TranslationRow, source: string): ShownTranslation & { entity: string } {
  const { id: translationId, entity, entityId, field, language, value, updatedAt } = stored;
  const id = `${entityId}.${field}.${language}`;
  return { id, translationId, entity, entityId, field, language, source, value, outdated: false, updatedAt };
}

/** Deletes a translation; the text is then shown in the next language. Emits "translation.changed". @throws PosProError 404 */
export async function deleteTranslation(ctx: RequestContext, id: string): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const deleted = isUuid(id)
      ? await tx.maybeOne<TranslationRow>(
          sql`delete from translations where id = ${id}::uuid returning ${translations.columns}`,
        )
      : undefined;
    if (!deleted) throw notFound('translation', id);
    emitTranslations(tx, deleted.entity, [deleted], 'deleted');
    return deletionOf(deleted.id);
  });
}
