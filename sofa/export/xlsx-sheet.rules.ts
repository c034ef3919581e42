/** The sheet of a workbook as XML (ECMA-376, part 1, section 18.3), row by row. Pure. */
import { Decimal } from '#kernel/decimal';
import { PosProError } from '#kernel/errors';
import { guardImportedText } from '#kernel/formula-guard.rules';
import { MAX_CELL_CHARACTERS, MAX_SHEET_ROWS, escapeXlsxText } from '#kernel/xlsx-format.rules';
import {
  columnReader,
  entriesOf,
  valueText,
  type ColumnReader,
  type TableColumn,
  type TablePlan,
} from './table-plan';
import { XLSX_STYLES } from './xlsx-parts.rules';

/** A spreadsheet stores a number in binary, with 15 reliable digits; a longer one is written as a text. */
const MAX_DIGITS = 15;
const DECIMAL_TEXT = /^-?\d+(\.\d+)?$/;
/** Maximum width of a column by its title, in characters. */
const MAX_WIDTH = 40;
const MIN_WIDTH = 12;

/** Writes the XML of a sheet. It counts its rows, so each sheet has its own writer. */
export class SheetXml {
  private readonly places: readonly string[];
  private readonly readers: readonly ColumnReader[];
  private row = 1;

  constructor(private readonly plan: TablePlan) {
    this.places = plan.columns.map((_, index) => columnName(index));
    this.readers = plan.columns.map(columnReader);
  }

  /** The text before the rows, and the header row, which stays visible when the rows are scrolled. */
  start(): string {
    const { columns } = this.plan;
    const header = columns
      .map(({ header: title }, at) => textCell(`${this.places[at]}1`, title, XLSX_STYLES.header))
      .join('');
    return [
      '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n',
      '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">',
      '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>',
      `<cols>${columns.map(columnXml).join('')}</cols><sheetData><row r="1">${header}</row>`,
    ].join('');
  }

  /** @throws PosProError 406 for a row or a text beyond the limits of a sheet. */
  rows(objects: readonly unknown[]): string {
    let xml = '';
    for (const object of objects)
      for (const entry of entriesOf(this.plan, object)) xml += this.rowXml(object, entry);
    return xml;
  }

  private rowXml(object: unknown, entry: unknown): string {
    this.row += 1;
    if (this.row > MAX_SHEET_ROWS) throw tooManyRows();
    let cells = '';
    for (let at = 0; at < this.readers.length; at += 1)
      cells += this.cell(this.readers[at]!(this.plan.columns[at]!.ofEntry ? entry : object), at);
    return `<row r="${this.row}">${cells}</row>`;
  }

  end(): string {
    return '</sheetData></worksheet>';
  }

  private cell(value: unknown, at: number): string {
    const column = this.plan.columns[at]!;
    const place = `${this.places[at]}${this.row}`;
    if (column.kind === 'boolean' && typeof value === 'boolean')
      return `<c r="${place}" t="b"><v>${value ? 1 : 0}</v></c>`;
    const text = valueText(value);
    if (text === '') return '';
    if (column.kind === 'number' && isExact(value, text)) return `<c r="${place}"><v>${text}</v></c>`;
    const written = guardImportedText(text);
    if (written.length > MAX_CELL_CHARACTERS) throw this.tooLong(column, written.length);
    return textCell(place, written, XLSX_STYLES.text);
  }

  private tooLong({ header }: TableColumn, length: number): PosProError {
    const message = `Row ${this.row} has ${length} characters in "${header}"; a cell of XLSX holds ${MAX_CELL_CHARACTERS}. Ask for CSV.`;
    return new PosProError('NOT_ACCEPTABLE', message);
  }
}

/** @throws PosProError 406 for a list with more rows than a sheet. */
export function checkRowTotal(total: number): void {
  if (total >= MAX_SHEET_ROWS) throw tooManyRows();
}

function tooManyRows(): PosProError {
  const message = `The list has more rows than a sheet of XLSX, which holds ${MAX_SHEET_ROWS} with the header.`;
  return new PosProError('NOT_ACCEPTABLE', `${message} Ask for CSV, or for a part of the list.`);
}

/** Whether a spreadsheet stores the number exactly. A number of JSON is already binary. */
function isExact(value: unknown, text: string): boolean {
  if (typeof value === 'number') return true;
  return (
    DECIMAL_TEXT.test(text) && (text.length <= MAX_DIGITS || new Decimal(text).precision() <= MAX_DIGITS)
  );
}

/** Texts are in the cells themselves: a table of shared texts would have to be kept until the last row. */
function textCell(place: string, text: string, style: number): string {
  return `<c r="${place}" s="${style}" t="inlineStr"><is><t xml:space="preserve">${escapeXlsxText(text)}</t></is></c>`;
}

/** New cells of a text column are texts, too, so that an added code keeps its leading zeros. */
function columnXml({ header, kind }: TableColumn, index: number): string {
  const width = Math.min(MAX_WIDTH, Math.max(MIN_WIDTH, header.length + 2));
  const style = kind === 'text' ? ` style="${XLSX_STYLES.text}"` : '';
  return `<col min="${index + 1}" max="${index + 1}" width="${width}" customWidth="1"${style}/>`;
}

/** 0 → "A", 27 → "AB". */
function columnName(index: number): string {
  const letter = String.fromCharCode(65 + (index % 26));
  return index < 26 ? letter : columnName(Math.floor(index / 26) - 1) + letter;
}
