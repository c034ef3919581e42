/** Turns a file into the rows of an import: finds columns by their titles, and decimal marks by column. */
import { PosProError, invalid } from '../errors';
import type { Importer, ImportDraft } from './importer';
import { cellsOf, readHeader, type NumberedRow } from './import-columns.rules';
import { ColumnMarks, oneMark, type DecimalMark, type NumberRules } from './number-marks.rules';
import { openSystemExport, type SystemExport } from './system-export';
import type { TableFile } from './table-file';

/** The rows of a file, for an import. */
export interface ImportTable<Column extends string> {
  readonly rows: () => AsyncIterable<NumberedRow<Column>>;
  readonly numbers: NumberRules;
  readonly total: number;
  readonly warnings: readonly string[];
  readonly recognizedAs: string | null;
}

/** Maximum number of ignored columns that a report names; more would not help. */
const MAX_HEADER_WARNINGS = 100;

/** @param decimal the decimal mark set by the caller. @throws PosProError 422 for a header without a known column. */
export async function importTable<Draft extends ImportDraft, Column extends string>(
  file: TableFile,
  importer: Importer<Draft, Column>,
  decimal: DecimalMark | undefined,
): Promise<ImportTable<Column>> {
  const system = importer.systems ? await openSystemExport(file, importer.systems) : undefined;
  const source = system ? fromSystem(system) : fromColumns(file, importer);
  const marks = new ColumnMarks();
  let total = 0;
  try {
    for await (const { cells } of source.rows()) {
      total += 1;
      for (const column of importer.amounts) {
        const cell: unknown = cells[column];
        for (const one of Array.isArray(cell)
          ? (cell as { quantity?: unknown }[]).map(({ quantity }) => quantity)
          : [cell]) {
          marks.note(column, one);
        }
      }
    }
  } catch (error) {
    // A truncated file is imported up to its end, and its job names the row.
    if (!(error instanceof PosProError)) throw error;
  }
  const likely = file.separator === ';' ? 'comma' : 'point';
  return { ...source, total, numbers: decimal === undefined ? marks.rules(likely) : oneMark(decimal) };
}

type Source<Column extends string> = Pick<ImportTable<Column>, 'rows' | 'warnings' | 'recognizedAs'>;

/** An export of another system, with its own columns. */
function fromSystem<Column extends string>(system: SystemExport<Column>): Source<Column> {
  const { name, recognition, notTaken } = system;
  const warnings = [recognition, ...notTaken];
  return { rows: system.rows, recognizedAs: name, warnings };
}

function fromColumns<Draft extends ImportDraft, Column extends string>(
  file: TableFile,
  importer: Importer<Draft, Column>,
): Source<Column> {
  const header = readHeader(file.header, importer.columns);
  const named = new Set(header.columns.filter((column) => column !== undefined));
  if (named.size === 0) {
    const known = [...new Set(importer.columns.values())].slice(0, 6).join(', ');
    throw invalid('file', `The first row must name the columns: ${known}, …`, 'HEADER');
  }
  const passed = header.warnings.slice(0, MAX_HEADER_WARNINGS);
  const more = header.warnings.length - passed.length;
  const rest = more > 0 ? [`${more} more columns were ignored.`] : [];
  return {
    rows: () => numbered(file, header),
    warnings: [...passed, ...rest, ...importer.missing(named)],
    recognizedAs: null,
  };
}

async function* numbered<Column extends string>(
  file: TableFile,
  header: ReturnType<typeof readHeader<Column>>,
): AsyncGenerator<NumberedRow<Column>> {
  for await (const { row, cells } of file.rows()) yield { row, ...cellsOf(header, cells) };
}
