/** A list as a table, for all formats: the columns, and the values of each row. */
import {
  getNamedType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLObjectType,
  type GraphQLOutputType,
} from 'graphql';
import { singular } from '../casing';

/**
 * The type of a column: `number` for amounts, quantities and counts; `text` also for codes and ids that look
 * like numbers.
 */
export type ColumnKind = 'text' | 'number' | 'boolean';

export interface TableColumn {
  readonly header: string;
  /** The path of the value, in REST names, below the row's object or below the unfolded entry. */
  readonly path: readonly string[];
  readonly ofEntry: boolean;
  readonly kind: ColumnKind;
}

export interface TablePlan {
  /** Those of the row's object, then those of the unfolded entry. */
  readonly columns: readonly TableColumn[];
  /** The nested list of which each entry is a row; undefined if each object is a row. */
  readonly unfold: string | undefined;
}

/**
 * The columns of a type: its plain fields in the order of the schema, those of nested objects joined with `_`,
 * then those of the unfolded list. Other nested lists are omitted, except lists of plain values, which are
 * joined with `;`.
 * @param type the row's type in REST names; undefined for a list of plain values.
 * @throws Error at start-up if `@rest(csv:)` does not name a list of objects.
 */
export function planTable(
  type: GraphQLObjectType | undefined,
  unfold: string | undefined,
  where: string,
): TablePlan {
  if (!type)
    return { columns: [{ header: 'value', path: [], ofEntry: false, kind: 'text' }], unfold: undefined };
  const columns = columnsOf(type, [], '', false);
  if (unfold === undefined) return { columns, unfold };
  const list = type.getFields()[unfold];
  const entry = list && getNamedType(list.type);
  if (!list || !isList(list.type) || !isObjectType(entry)) {
    throw new Error(`${where}: csv names "${unfold}", which is not a list of objects in ${type.name}.`);
  }
  return { columns: [...columns, ...columnsOf(entry, [], `${singular(unfold)}_`, true)], unfold };
}

/** The types of columns by scalar; a value of any other type is a text, even if it looks like a number. */
const KINDS: Readonly<Record<string, ColumnKind>> = {
  Decimal: 'number',
  Money: 'number',
  Float: 'number',
  Int: 'number',
  Boolean: 'boolean',
};

function columnsOf(
  type: GraphQLObjectType,
  path: readonly string[],
  prefix: string,
  ofEntry: boolean,
): TableColumn[] {
  return Object.values(type.getFields()).flatMap((field): TableColumn[] => {
    const below = [...path, field.name];
    const named = getNamedType(field.type);
    if (!isObjectType(named)) {
      const kind = isList(field.type) ? 'text' : (KINDS[named.name] ?? 'text');
      return [{ header: prefix + field.name, path: below, ofEntry, kind }];
    }
    return isList(field.type) ? [] : columnsOf(named, below, `${prefix}${field.name}_`, ofEntry);
  });
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

/** Whether the table needs the field at a path below the row's object. */
export function isWanted(plan: TablePlan, path: readonly string[]): boolean {
  const startsSo = (column: TableColumn) => {
    const whole = column.ofEntry ? [plan.unfold!, ...column.path] : column.path;
    return path.every((step, at) => whole[at] === step);
  };
  return plan.columns.some(startsSo);
}

/** The values of some columns, read from a row's object or from an entry of it. */
export type ColumnReader = (source: unknown) => unknown;

/** Compiles the reader of a column: the path is the same in every row. */
export function columnReader({ path }: TableColumn): ColumnReader {
  const [first, ...rest] = path;
  if (first === undefined) return (source) => source;
  if (rest.length === 0) return (source) => (source as Values)?.[first];
  return (source) => {
    let value = (source as Values)?.[first];
    for (const step of rest) value = (value as Values)?.[step];
    return value;
  };
}

type Values = Readonly<Record<string, unknown>> | null | undefined;

/** The entries of an object, each of which is a row. An object without entries has one row, so that none is lost. */
export function entriesOf({ unfold }: TablePlan, object: unknown): readonly unknown[] {
  const entries =
    unfold === undefined ? undefined : ((object as Values)?.[unfold] as unknown[] | null | undefined);
  return entries?.length ? entries : NO_ENTRY;
}

const NO_ENTRY: readonly unknown[] = [undefined];

/** A value as a text; empty for null, which also replaces hidden values. */
export function valueText(value: unknown): string {
  if (value == null) return '';
  if (Array.isArray(value)) return value.map(valueText).join(';');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
