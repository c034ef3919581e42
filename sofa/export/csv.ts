/** Tables as CSV (RFC 4180). */
import { Readable } from 'node:stream';
import { stringify } from 'csv-stringify/sync';
import { guardFormula } from '#kernel/formula-guard.rules';
import type { CsvDialect } from './csv-dialect';
import { tableRows, valueText, type TablePlan } from './table-plan';
import type { TableWriter } from './table-writer';

export const CSV_TYPE = 'text/csv';

export function csvWriter(plan: TablePlan, dialect: CsvDialect): TableWriter {
  return {
    start: () => csvHeader(plan, dialect),
    rows: (objects) => csvRows(plan, objects, dialect),
    end: () => '',
    checkTotal: () => undefined,
    file: (text) => Readable.from(text, { objectMode: false }),
  };
}

/** The header row, after the byte order mark if the dialect has one. */
export function csvHeader(plan: TablePlan, dialect: CsvDialect): string {
  return (dialect.bom ? '\ufeff' : '') + csvText([plan.columns.map((column) => column.header)], dialect);
}

/** The rows of some objects, each line ended with CRLF. */
export function csvRows(plan: TablePlan, objects: readonly unknown[], dialect: CsvDialect): string {
  const rows: string[][] = [];
  for (const values of tableRows(plan, objects)) {
    rows.push(
      plan.columns.map((column, at) => {
        const text = cell(values[at]);
        return column.kind === 'number' && dialect.decimal === 'comma' ? text.replace('.', ',') : text;
      }),
    );
  }
  return csvText(rows, dialect);
}

function csvText(rows: readonly (readonly string[])[], { separator }: CsvDialect): string {
  if (rows.length === 0) return '';
  return stringify(rows as string[][], {
    delimiter: separator,
    record_delimiter: 'windows',
    quoted_match: /[\r\n]/,
  });
}

/** One value as a cell. A text that a spreadsheet would read as a formula gets an apostrophe before it. */
export function cell(value: unknown): string {
  return guardFormula(valueText(value));
}
