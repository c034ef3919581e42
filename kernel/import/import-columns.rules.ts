/** The columns of an import: how a header row names them, and what stands under them in a row. Pure. */
import { cleanName } from '../clean-text.rules';
import type { FieldError } from '../errors';
import { plainText } from './cell-texts.rules';
import { cellText, type CellValue } from './table-file';

/** The columns that an import knows, by their names without blanks, signs and case. */
export type ColumnNames<Column extends string> = ReadonlyMap<string, Column>;

/** @param aliases other names under which the columns come. */
export function columnNames<Column extends string>(
  columns: readonly Column[],
  aliases: Readonly<Record<string, Column>>,
): ColumnNames<Column> {
  return new Map([
    ...columns.map((column): [string, Column] => [column.toLowerCase(), column]),
    ...Object.entries(aliases),
  ]);
}

/** A title as it is compared: "Tax Class", "tax_class" and "taxClass" are one. */
export function titleKey(title: string): string {
  return plainText(title)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** What the header row says: which column stands where, and which are not known. */
export interface ImportHeader<Column extends string> {
  /** By place in the row; undefined for one that is passed over. */
  readonly columns: readonly (Column | undefined)[];
  /** For the report, as texts. */
  readonly warnings: readonly string[];
}

/** Reads a header row. Names match whatever their case and signs. */
export function readHeader<Column extends string>(
  cells: readonly string[],
  names: ColumnNames<Column>,
): ImportHeader<Column> {
  const seen = new Set<string>();
  const warnings: string[] = [];
  const columns = cells.map((cell) => {
    const title = cleanName(plainText(cell));
    const column = names.get(titleKey(title));
    if (title === '') return undefined;
    if (!column) warnings.push(`The column "${title.slice(0, 80)}" is not known and was passed over.`);
    else if (seen.has(column))
      warnings.push(`The column "${title.slice(0, 80)}" stands there twice; the first one counts.`);
    else {
      seen.add(column);
      return column;
    }
    return undefined;
  });
  return { columns, warnings };
}

/** A row as it came: values by column. Undefined and "" mean that nothing is said about the column. */
export type RawRow<Column extends string> = Partial<Record<Column, unknown>>;

/** A row of a file with its number as a spreadsheet counts, or an item of a JSON body, counted from 1. */
export interface NumberedRow<Column extends string> {
  readonly row: number;
  readonly cells: RawRow<Column>;
  /** A fault of the row as a whole, such as too many cells. */
  readonly fault?: FieldError;
  /** What was left out of the row, such as a second category where one is kept. */
  readonly remarks?: readonly FieldError[];
  /** Whether it comes of another system, whose tax classes and warehouses need not be ours. */
  readonly fromSystem?: boolean;
}

/** Puts the cells of a line under their columns. Cells that are missing at the end of a line are empty. */
export function cellsOf<Column extends string>(
  header: ImportHeader<Column>,
  cells: readonly CellValue[],
): { cells: RawRow<Column>; fault?: FieldError } {
  const raw: RawRow<Column> = {};
  header.columns.forEach((column, index) => {
    if (column) raw[column] = cells[index];
  });
  const fault = excessOf(header.columns.length, cells);
  return fault ? { cells: raw, fault } : { cells: raw };
}

/** The fault of a row that has more cells than the header. */
export function excessOf(columns: number, cells: readonly CellValue[]): FieldError | undefined {
  const extra = cells.slice(columns).filter((cell) => cellText(cell).trim() !== '').length;
  if (extra === 0) return undefined;
  // Which cell is too many cannot be known, so none of them can be trusted.
  const message = `The row has ${cells.length} cells, the header has ${columns}. Is a comma missing its quotes?`;
  return { field: 'row', message, code: 'COLUMNS' };
}
