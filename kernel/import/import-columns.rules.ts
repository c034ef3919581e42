/** The columns of an import: their titles in a header row, and their cells in a row. Pure. */
import { cleanName } from '../clean-text.rules';
import type { FieldError } from '../errors';
import { plainText } from './cell-texts.rules';
import { cellText, type CellValue } from './table-file';

/** The columns of an import, by their names without blanks, punctuation and case. */
export type ColumnNames<Column extends string> = ReadonlyMap<string, Column>;

/** @param aliases other names of the columns. */
export function columnNames<Column extends string>(
  columns: readonly Column[],
  aliases: Readonly<Record<string, Column>>,
): ColumnNames<Column> {
  return new Map([
    ...columns.map((column): [string, Column] => [column.toLowerCase(), column]),
    ...Object.entries(aliases),
  ]);
}

/** A title for comparison: "Tax Class", "tax_class" and "taxClass" are equal. */
export function titleKey(title: string): string {
  return plainText(title)
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** The result of the header row: the places of the columns, and the unknown titles. */
export interface ImportHeader<Column extends string> {
  /** By place in the row; undefined for an ignored column. */
  readonly columns: readonly (Column | undefined)[];
  /** For the report, as texts. */
  readonly warnings: readonly string[];
}

/** Reads a header row. Names match in any case and punctuation. */
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
    if (!column) warnings.push(`The column "${title.slice(0, 80)}" is unknown and was ignored.`);
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

/** A raw row: values by column. Undefined and "" mean an omitted value. */
export type RawRow<Column extends string> = Partial<Record<Column, unknown>>;

/** A row of a file with its number as a spreadsheet counts, or an item of a JSON body, counted from 1. */
export interface NumberedRow<Column extends string> {
  readonly row: number;
  readonly cells: RawRow<Column>;
  /** An error of the row as a whole, such as too many cells. */
  readonly fault?: FieldError;
  /** Ignored values of the row, such as a second category. */
  readonly remarks?: readonly FieldError[];
  /** Whether it comes from another system, whose tax classes and warehouses may be unknown. */
  readonly fromSystem?: boolean;
}

/** Maps the cells of a line to their columns. Missing cells at the end of a line are empty. */
export function cellsOf<Column extends string>(
  header: ImportHeader<Column>,
  cells: readonly CellValue[],
): { cells: RawRow<Column>; fault?: FieldError } {
  const raw: RawRow<Column> = {};
  for (let index = 0; index < header.columns.length; index += 1) {
    const column = header.columns[index];
    if (column) raw[column] = cells[index];
  }
  const fault = excessOf(header.columns.length, cells);
  return fault ? { cells: raw, fault } : { cells: raw };
}

/** The error of a row that has more cells than the header. */
export function excessOf(columns: number, cells: readonly CellValue[]): FieldError | undefined {
  if (cells.length <= columns) return undefined;
  const extra = cells.slice(columns).filter((cell) => cellText(cell).trim() !== '').length;
  if (extra === 0) return undefined;
  // The superfluous cell cannot be determined, so none of them can be trusted.
  const message = `The row has ${cells.length} cells, the header has ${columns}. Is a comma missing its quotes?`;
  return { field: 'row', message, code: 'COLUMNS' };
}
