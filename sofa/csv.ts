/** Answers as CSV (RFC 4180): what the columns are, and how a row is made. */
import { stringify } from 'csv-stringify/sync';
import { getNamedType, isListType, isNonNullType, isObjectType, type GraphQLObjectType, type GraphQLOutputType } from 'graphql';
import { guardFormula } from '../kernel/formula-guard';
import type { CsvDialect } from './input/csv-dialect';
import { singular } from './names';

export interface CsvColumn {
  readonly header: string;
  /** Where the value lies, in REST names, below the row's object or below the unfolded entry. */
  readonly path: readonly string[];
  readonly ofEntry: boolean;
  /** Whether it holds amounts or quantities: numbers, which may be written with a decimal comma. */
  readonly numeric: boolean;
}

export interface CsvPlan {
  readonly columns: readonly CsvColumn[];
  /** The nested list of which each entry is a row; undefined where each object is a row. */
  readonly unfold: string | undefined;
}

/**
 * The columns of a type: its plain fields in the order of the schema, those of nested objects joined with `_`, then those of the
 * unfolded list. Other nested lists are left out, except lists of plain values, which are joined with `;`.
 * @param type the row's type in REST names; undefined for a list of plain values.
 * @throws Error at start-up where `@rest(csv:)` names no list of objects.
 */
export function planCsv(type: GraphQLObjectType | undefined, unfold: string | undefined, where: string): CsvPlan {
  if (!type) return { columns: [{ header: 'value', path: [], ofEntry: false, numeric: false }], unfold: undefined };
  const columns = columnsOf(type, [], '', false);
  if (unfold === undefined) return { columns, unfold };
  const list = type.getFields()[unfold];
  const entry = list && getNamedType(list.type);
  if (!list || !isList(list.type) || !isObjectType(entry)) {
    throw new Error(`${where}: csv names "${unfold}", which is no list of objects in ${type.name}.`);
  }
  return { columns: [...columns, ...columnsOf(entry, [], `${singular(unfold)}_`, true)], unfold };
}

/** The types of amounts and quantities; what is of another type stays as it is, though it may look like a number. */
const NUMERIC: ReadonlySet<string> = new Set(['Decimal', 'Money', 'Float']);

function columnsOf(type: GraphQLObjectType, path: readonly string[], prefix: string, ofEntry: boolean): CsvColumn[] {
  return Object.values(type.getFields()).flatMap((field): CsvColumn[] => {
    const below = [...path, field.name];
    const named = getNamedType(field.type);
    if (!isObjectType(named)) {
      const numeric = NUMERIC.has(named.name) && !isList(field.type);
      return [{ header: prefix + field.name, path: below, ofEntry, numeric }];
    }
    return isList(field.type) ? [] : columnsOf(named, below, `${prefix}${field.name}_`, ofEntry);
  });
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** Whether CSV needs the field at a path below the row's object. */
export function isWanted(plan: CsvPlan, path: readonly string[]): boolean {
  const startsSo = (column: CsvColumn) => {
    const whole = column.ofEntry ? [plan.unfold!, ...column.path] : column.path;
    return path.every((step, at) => whole[at] === step);
  };
  return plan.columns.some(startsSo);
}

/** The header row, with the byte order mark before it where the dialect has one. */
export function csvHeader(plan: CsvPlan, dialect: CsvDialect): string {
  return (dialect.bom ? '\ufeff' : '') + csvText([plan.columns.map((column) => column.header)], dialect);
}

/** The rows of some objects, each line ended with CRLF. An object without entries keeps one row, so that none is lost. */
export function csvRows(plan: CsvPlan, objects: readonly unknown[], dialect: CsvDialect): string {
  const rows: string[][] = [];
  for (const object of objects) {
    const entries = plan.unfold === undefined ? undefined : (valueAt(object, [plan.unfold]) as unknown[] | null | undefined);
    for (const entry of entries?.length ? entries : [undefined]) {
      rows.push(
        plan.columns.map((column) => {
          const text = cell(valueAt(column.ofEntry ? entry : object, column.path));
          return column.numeric && dialect.decimal === 'comma' ? text.replace('.', ',') : text;
        }),
      );
    }
  }
  return csvText(rows, dialect);
}

function csvText(rows: readonly (readonly string[])[], { separator }: CsvDialect): string {
  if (rows.length === 0) return '';
  return stringify(rows as string[][], { delimiter: separator, record_delimiter: 'windows', quoted_match: /[\r\n]/ });
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const step of path) at = (at as Record<string, unknown> | null | undefined)?.[step];
  return at;
}

/** One value as a cell. A text that a spreadsheet would take for a formula gets an apostrophe before it. */
export function cell(value: unknown): string {
  return guardFormula(cellText(value));
}

function cellText(value: unknown): string {
  if (value == null) return '';
  if (Array.isArray(value)) return value.map(cellText).join(';');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
