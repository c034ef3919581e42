/** Imports translations from items, or from an XLIFF, CSV or XLSX file. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { CellReader } from '#kernel/import/cell-reader.rules';
import { columnNames } from '#kernel/import/import-columns.rules';
import type { BatchResult, Importer, RowError, SeenKeys } from '#kernel/import/importer';
import type { ImportJobRow } from '#kernel/import/import-jobs';
import { startImport } from '#kernel/import/start-import';
import type { ImportTranslationsInput } from '../inputs.generated';
import { canonicalLanguage } from '#kernel/messages/language-tags.rules';
import { readLanguages } from '../languages/request-language';
import type { TranslatableField } from './translatable-entity';
import { sourceHash, type Translatables } from './translations.queries';
import {
  emitTranslations,
  languageErrors,
  presentTexts,
  valueErrors,
  writeTranslations,
  type TranslationToWrite,
} from './translations';
import { XLIFF } from './xliff.rules';

const COLUMN_LIST = ['entity', 'entityId', 'field', 'language', 'value'] as const;
type TranslationColumn = (typeof COLUMN_LIST)[number];

const COLUMNS = columnNames<TranslationColumn>(COLUMN_LIST, {
  kind: 'entity', type: 'entity', id: 'entityId', locale: 'language', translation: 'value', target: 'value',
}); // prettier-ignore

/** A row as read; the value is undefined for a missing translation. */
interface TranslationDraft extends Record<Exclude<TranslationColumn, 'value'>, string> {
  readonly row: number;
  readonly value: string | undefined;
  readonly errors: readonly FieldError[];
}

/** A row whose kind and field are known. */
interface KnownDraft extends TranslationDraft {
  readonly known: TranslatableField | undefined;
}

/** Imports translations. Emits "translation.changed" for each batch, kind and language. @throws PosProError as startImport. */
export function importTranslations(
  ctx: RequestContext,
  translatables: Translatables,
  input: ImportTranslationsInput,
): Promise<ImportJobRow> {
  const importer: Importer<TranslationDraft, TranslationColumn> = {
    kind: 'translation',
    columns: COLUMNS,
    amounts: [],
    xml: [XLIFF],
    missing: (named) =>
      COLUMN_LIST.filter((column) => !named.has(column)).map(
        (column) => `There is no column "${column}", so no row can be imported.`,
      ),
    read: (numbered, numbers) => readTranslation(numbered.row, new CellReader(numbered, numbers, NO_CODES)),
    write: (tx, context, drafts, seen) => writeBatch(tx, context, translatables, drafts, seen),
  };
  return startImport(ctx, importer, input);
}

const NO_CODES: ReadonlySet<TranslationColumn> = new Set();

function readTranslation(row: number, read: CellReader<TranslationColumn>): TranslationDraft {
  const required = (column: TranslationColumn): string => {
    const text = read.text(column);
    if (text === undefined) read.faults.add(column, 'Is missing.', 'REQUIRED');
    return text ?? '';
  };
  const names = {
    entity: required('entity'),
    entityId: required('entityId').toLowerCase(),
    field: required('field'),
    language: required('language'),
  };
  const language = canonicalLanguage(names.language) ?? names.language;
  return { row, ...names, language, value: read.text('value'), errors: read.errors };
}

const keyOf = ({ entity, entityId, field, language }: TranslationDraft) =>
  `${entity} ${entityId} ${field} ${language}`;

/** Writes the valid rows of a batch: a statement for each kind of rows, and one for all translations. */
async function writeBatch(
  tx: Transaction,
  ctx: RequestContext,
  translatables: Translatables,
  drafts: readonly TranslationDraft[],
  seen: SeenKeys,
): Promise<BatchResult> {
  const sources = await sourcesOf(tx, translatables, drafts);
  const { others } = await readLanguages(tx);
  const languages = new Set(others.map(({ code }) => code));
  const rows = new Map<string, number>();
  const faults: RowError[] = [];
  const valid: TranslationToWrite[] = [];
  let unfilled = 0;
  for (const draft of drafts) {
    const key = keyOf(draft);
    const known = fieldOf(translatables, draft);
    const source = sources.get(`${draft.entity} ${draft.entityId}.${draft.field}`);
    const errors = errorsOf({ ...draft, known }, source, languages, rows.get(key) ?? seen.get(key));
    faults.push(...errors.map((error) => ({ ...error, row: draft.row })));
    if (errors.length > 0) continue;
    rows.set(key, draft.row);
    const { entity, entityId, field, language, value } = draft;
    if (value === undefined) unfilled += 1;
    else
      valid.push({
        id: ctx.ids.next(),
        entity,
        entityId,
        field,
        language,
        value,
        sourceHash: sourceHash(source!),
      });
  }
  const written = valid.length === 0 ? [] : await writeTranslations(tx, valid);
  for (const [entity, some] of groupBy(written, (row) => row.entity))
    emitTranslations(tx, entity, some, 'set');
  const created = written.filter((row) => row.created).length;
  return {
    created,
    updated: valid.length + unfilled - created,
    unchanged: valid.length + unfilled - written.length,
    deleted: 0,
    faults,
    oddities: [],
    taken: [...rows].map(([key, row]) => ({ key, row })),
    notes: [],
  };
}

function fieldOf(
  translatables: Translatables,
  { entity, field }: TranslationDraft,
): TranslatableField | undefined {
  return translatables.get(entity)?.fields.find(({ name }) => name === field);
}

function errorsOf(
  { known, errors, language, value, entity, field }: KnownDraft,
  source: string | undefined,
  languages: ReadonlySet<string>,
  twin: number | undefined,
): readonly FieldError[] {
  if (errors.length > 0) return errors;
  if (!known) {
    const message = `"${`${entity}.${field}`.slice(0, 80)}" is not a text that can be translated.`;
    return [{ field: 'field', message, code: 'NOT_FOUND' }];
  }
  if (source === undefined) {
    const message = `There is no ${entity} with this id that has the text.`;
    return [{ field: 'entityId', message, code: 'NOT_FOUND' }];
  }
  if (twin !== undefined) {
    const message = `The translation is already in row ${twin}.`;
    return [{ field: 'entityId', message, code: 'ALREADY_EXISTS' }];
  }
  return [
    ...languageErrors('language', language, languages),
    ...(value === undefined ? [] : valueErrors('value', value, known)),
  ];
}

/** The texts of the rows of a batch, by kind, id and field. */
async function sourcesOf(
  tx: Transaction,
  translatables: Translatables,
  drafts: readonly TranslationDraft[],
): Promise<ReadonlyMap<string, string>> {
  const sources = new Map<string, string>();
  for (const [name, some] of groupBy(drafts, ({ entity }) => entity)) {
    const entity = translatables.get(name);
    const ids = [...new Set(some.map(({ entityId }) => entityId))].filter(isUuid);
    if (!entity || ids.length === 0) continue;
    for (const [key, source] of await presentTexts(tx, entity, ids)) sources.set(`${name} ${key}`, source);
  }
  return sources;
}
