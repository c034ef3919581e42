/** A file of rows as its readers hand it out, whatever its format: CSV is read in csv-file.ts, XLSX in xlsx-file.ts. */
import type { Decimal } from '../decimal';
import { PosProError } from '../errors';

/** A cell that a spreadsheet keeps as a date. */
export class DateCell {
  /** @param text the day, and the time where there is one: "2026-01-31". */
  constructor(readonly text: string) {}
}

/** What stands in a cell: a text; from a workbook also a number, which is exact and has no marks to be misread, or a date. */
export type CellValue = string | Decimal | DateCell;

export interface TableRow {
  /** As the spreadsheet counts, the header being row 1. */
  readonly row: number;
  readonly cells: readonly CellValue[];
}

/** A file that was opened: its header is read, and its rows can be read as often as needed, each time from the disk. */
export interface TableFile {
  readonly header: readonly string[];
  /** The sign between the cells of a CSV file. */
  readonly separator: string | undefined;
  rows(): AsyncIterable<TableRow>;
  /** Lets go of the file, whether its rows were read or not. */
  readonly close: () => void;
}

/** Every file that is read here comes from a person or a program that serves persons: nobody has more columns. */
export const MAX_COLUMNS = 500;
/** The title of a column; a longer one is no title but a row without header. */
const MAX_TITLE = 500;

/**
 * The titles of a header row. @throws PosProError 413 for more columns, or longer titles, than a header has.
 */
export function checkedHeader(cells: readonly CellValue[]): string[] {
  if (cells.length > MAX_COLUMNS) throw tooLarge(`The file has more than ${MAX_COLUMNS} columns.`);
  const titles = cells.map(cellText);
  if (titles.some((title) => title.length > MAX_TITLE))
    throw tooLarge(`The title of a column has ${MAX_TITLE} characters at most.`);
  return titles;
}

/** A cell as a text. */
export function cellText(cell: CellValue | undefined): string {
  if (cell === undefined) return '';
  if (typeof cell === 'string') return cell;
  return cell instanceof DateCell ? cell.text : cell.toFixed();
}

/** Whether a row says nothing. */
export function isBlank({ cells }: TableRow): boolean {
  return cells.every((cell) => typeof cell === 'string' && cell.trim() === '');
}

export function tooLarge(message: string): PosProError {
  return new PosProError('PAYLOAD_TOO_LARGE', message);
}
