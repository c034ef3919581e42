/** Reads translations beside the texts that they translate: lists, missing ones, and progress. */
import { createHash } from 'node:crypto';
import { empty, join, raw, sql, type Queryable, type Sql } from '#kernel/db/database';
import { invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page } from '#kernel/paging';
import { canonicalLanguage } from '#kernel/messages/language-tags.rules';
import type { QueryTranslationsArgs } from '../inputs.generated';
import type { TranslatableEntity, TranslatableField } from './translatable-entity';

/** A text with its translation into one language; the value is null where there is none. */
export interface ShownTranslation {
  /** The row's id, field and language: there may be no translation that has an id. */
  readonly id: string;
  readonly translationId: string | null;
  readonly entityId: string;
  readonly field: string;
  readonly language: string;
  readonly source: string;
  readonly value: string | null;
  readonly outdated: boolean;
  readonly updatedAt: Date | null;
}

/** The kinds of rows by their names. */
export type Translatables = ReadonlyMap<string, TranslatableEntity>;

/** @throws PosProError 404 that names the known ones. */
export function requireEntity(translatables: Translatables, name: string): TranslatableEntity {
  const entity = translatables.get(name);
  if (!entity) throw notFound('kind of texts', name);
  return entity;
}

/** The hash of a text, as PostgreSQL's md5 makes it: it shows whether a text has changed since it was translated. */
export function sourceHash(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

function column({ column: name }: TranslatableField): Sql {
  return sql`e.${raw(name)}`;
}

/** The texts of a kind of rows, one row each: `x (entity_id, field, source)`. */
export function sourceTexts({ table, fields, present }: TranslatableEntity, condition: Sql = empty): Sql {
  const values = fields.map((field) => sql`(${field.name}::text, ${column(field)}::text)`);
  return sql`
    ${raw(table)} e cross join lateral (values ${join(values, ', ')}) as f (field, source)
    where f.source <> '' ${present === undefined ? empty : sql`and ${present}`} ${condition}`;
}

/** A page of the texts of a kind of rows with their translations, by row, field and language. @throws PosProError 404; 422 */
export function listTranslations(
  db: Queryable,
  entity: TranslatableEntity,
  { entityId, language, missing, ...page }: Omit<QueryTranslationsArgs, 'entity'>,
): Promise<Page<ShownTranslation>> {
  const code = language == null ? undefined : canonicalLanguage(language);
  if (language != null && code === undefined)
    throw invalid('language', 'Is not a language tag of BCP 47, such as "de" or "pt-BR".');
  if (entityId != null && !isUuid(entityId)) throw notFound(entity.name, entityId);
  const one = entityId == null ? empty : sql`and e.id = ${entityId}::uuid`;
  const from = sql`(
    select x.id::text || '.' || x.field || '.' || l.code as id, t.id as translation_id, x.id as entity_id, x.field, l.code as language, x.source,
      t.value, coalesce(t.source_hash <> md5(x.source), false) as outdated, t.updated_at
    from (select e.id, f.field, f.source from ${sourceTexts(entity, one)}) x cross join languages l
    left join translations t on t.organization_id = l.organization_id and t.entity = ${entity.name} and t.entity_id = x.id and t.field = x.field
      and t.language = l.code
    ${code === undefined ? empty : sql`where l.code = ${code}`}) s`;
  const list = {
    select: sql`s.id, s.translation_id, s.entity_id, s.field, s.language, s.source, s.value, s.outdated, s.updated_at`,
    from,
    where:
      missing == null
        ? []
        : [missing ? sql`(s.value is null or s.outdated)` : sql`s.value is not null and not s.outdated`],
    sorts: { entityId: sql`s.entity_id` },
    defaultSort: 'entityId',
    id: sql`s.id`,
  };
  return listPage<ShownTranslation>(db, list, page);
}

/** Translated and missing texts of a kind of rows in one language. */
export interface TranslationProgress {
  readonly language: string;
  readonly entity: string;
  readonly total: number;
  readonly translated: number;
  readonly outdated: number;
  readonly missing: number;
}

/** The progress of every language and kind of rows. One statement a kind. */
export async function translationProgress(
  db: Queryable,
  translatables: Translatables,
): Promise<TranslationProgress[]> {
  const progress: TranslationProgress[] = [];
  for (const entity of translatables.values()) {
    const rows = await db.many<Omit<TranslationProgress, 'entity' | 'missing'>>(sql`
      with texts as (select e.id, f.field, md5(f.source) as hash from ${sourceTexts(entity)})
      select l.code as language, (select count(*) from texts)::int as total, coalesce(d.translated, 0)::int as translated,
        coalesce(d.outdated, 0)::int as outdated
      from languages l left join (
        select t.language, count(*) filter (where t.source_hash = x.hash) as translated, count(*) filter (where t.source_hash <> x.hash) as outdated
        from translations t join texts x on x.id = t.entity_id and x.field = t.field where t.entity = ${entity.name} group by t.language
      ) d on d.language = l.code order by l.code`);
    for (const row of rows)
      progress.push({ ...row, entity: entity.name, missing: row.total - row.translated - row.outdated });
  }
  return progress.sort((a, b) => (a.language < b.language ? -1 : Number(a.language > b.language)));
}
