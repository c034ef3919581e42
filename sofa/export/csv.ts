/** Tables as CSV (RFC 4180). */
import { Readable } from 'node:stream';
import { guardFormula } from '#kernel/formula-guard.rules';
import type { CsvDialect } from './csv-dialect';
import { columnReader, entriesOf, valueText, type TableColumn, type TablePlan } from './table-plan';
import type { TableWriter } from './table-writer';

export const CSV_TYPE = 'text/csv';

const LINE_END = '\r\n';
/** A number as the API writes it: it starts no formula, and needs quotes only for a decimal comma. */
const PLAIN_NUMBER = /^-?\d+(\.\d+)?$/;

/** Writes the cell of one column, quoted if necessary. */
type CellWriter = (value: unknown) => string;

/** The writers of all columns are made once; a row only calls them. */
export function csvWriter(plan: TablePlan, dialect: CsvDialect): TableWriter {
  const { separator } = dialect;
  const quote = quoting(separator);
  const cellsOf = (columns: readonly TableColumn[]): CellWriter => {
    const cells = columns.map((column) => {
      const [read, write] = [columnReader(column), cellWriter(column, dialect, quote)];
      return (source: unknown) => write(read(source));
    });
    return (source) => {
      let text = '';
      for (let at = 0; at < cells.length; at += 1)
        text += at === 0 ? cells[at]!(source) : separator + cells[at]!(source);
      return text;
    };
  };
  const ofObject = plan.columns.filter(({ ofEntry }) => !ofEntry);
  const ofEntry = plan.columns.slice(ofObject.length);
  const [objectCells, entryCells] = [cellsOf(ofObject), cellsOf(ofEntry)];
  const between = ofObject.length > 0 && ofEntry.length > 0 ? separator : '';
  return {
    start: () => csvHeader(plan, dialect),
    rows(objects) {
      let text = '';
      for (const object of objects) {
        // The same in all rows of the object.
        const shared = objectCells(object);
        for (const entry of entriesOf(plan, object)) text += shared + between + entryCells(entry) + LINE_END;
      }
      return text;
    },
    end: () => '',
    checkTotal: () => undefined,
    file: (text) => Readable.from(text, { objectMode: false }),
  };
}

/** The header row, after the byte order mark if the dialect has one. */
export function csvHeader({ columns }: TablePlan, { bom, separator }: CsvDialect): string {
  const titles = columns.map(({ header }) => header).map(quoting(separator));
  return (bom ? '\ufeff' : '') + titles.join(separator) + LINE_END;
}

function cellWriter(
  { kind }: TableColumn,
  { decimal }: CsvDialect,
  quote: (text: string) => string,
): CellWriter {
  if (kind !== 'number') return (value) => quote(cell(value));
  const local = decimal === 'comma' ? (text: string) => quote(text.replace('.', ',')) : undefined;
  return (value) => {
    const text = valueText(value);
    if (text === '') return '';
    const isPlain = PLAIN_NUMBER.test(text);
    if (local) return local(isPlain ? text : cell(text));
    return isPlain ? text : quote(cell(text));
  };
}

/** Quotes a cell that has a separator, a quote or a line break. */
function quoting(separator: string): (text: string) => string {
  const special = new RegExp(`["\\r\\n${separator}]`);
  return (text) => (special.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
}

/** One value as a cell. A text that a spreadsheet would read as a formula gets an apostrophe before it. */
export function cell(value: unknown): string {
  return guardFormula(valueText(value));
}
