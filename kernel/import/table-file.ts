/** A file of rows, in any format: csv-file.ts reads CSV, xlsx-file.ts XLSX. */
import type { Decimal } from '../decimal';
import { PosProError } from '../errors';

/** A cell with a spreadsheet's date. */
export class DateCell {
  /** @param text the day, with the time if any: "2026-01-31". */
  constructor(readonly text: string) {}
}

/** The value of a cell: a text; from a workbook also a number, which is exact and unambiguous, or a date. */
export type CellValue = string | Decimal | DateCell;

export interface TableRow {
  /** As the spreadsheet counts, the header being row 1. */
  readonly row: number;
  readonly cells: readonly CellValue[];
}

/** An opened file: its header is read, and its rows can be read several times, each time from disk. */
export interface TableFile {
  readonly header: readonly string[];
  /** The separator of a CSV file. */
  readonly separator: string | undefined;
  /** The name of the format of an XML file. */
  readonly format?: string;
  /** Some rows at a time, as the file is read; in each row at least one cell is filled. */
  rows(): AsyncIterable<readonly TableRow[]>;
  /** Closes the file, whether its rows were read or not. */
  readonly close: () => void;
}

/** Maximum columns: files of people and their programs have fewer. */
export const MAX_COLUMNS = 500;
/** Maximum length of a title; a longer one is a row without header. */
const MAX_TITLE = 500;

/**
 * The titles of a header row. @throws PosProError 413 for too many columns or too long titles.
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

/** Whether a row is empty. */
export function isBlank({ cells }: TableRow): boolean {
  for (const cell of cells) if (typeof cell !== 'string' || cell.trim() !== '') return false;
  return true;
}

export function tooLarge(message: string): PosProError {
  return new PosProError('PAYLOAD_TOO_LARGE', message);
}
