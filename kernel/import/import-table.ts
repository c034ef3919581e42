/** Turns a file into the rows of an import: finds columns by their titles, and decimal marks by column. */
import { PosProError, invalid } from '../errors';
import type { Importer, ImportDraft } from './importer';
import { cellsOf, readHeader, type NumberedRow, type RawRow } from './import-columns.rules';
import { ColumnMarks, oneMark, type DecimalMark, type NumberRules } from './number-marks.rules';
import { openSystemExport, type SystemExport } from './system-export';
import type { TableFile } from './table-file';

/** The facts about all rows that reading the first one needs. */
export interface Survey {
  /** Number of rows. */
  readonly total: number;
  readonly numbers: NumberRules;
}

/** The rows of a file, for an import. */
export interface ImportTable<Column extends string> {
  /** Some rows at a time; may be read several times. */
  readonly rows: () => AsyncIterable<readonly NumberedRow<Column>[]>;
  /**
   * Reads all rows once, until the signal. A truncated file is read up to its error: its rows up to there are imported, and reading
   * them throws the error again.
   */
  readonly survey: (signal?: AbortSignal) => Promise<Survey>;
  readonly warnings: readonly string[];
  readonly recognizedAs: string | null;
}

/** Maximum number of ignored columns that a report names; more would not help. */
const MAX_HEADER_WARNINGS = 100;

/**
 * Finds the columns in the header; reads no rows yet.
 * @param decimal the decimal mark set by the caller. @throws PosProError 422 for a header without a known column.
 */
export function importTable<Draft extends ImportDraft, Column extends string>(
  file: TableFile,
  importer: Importer<Draft, Column>,
  decimal: DecimalMark | undefined,
): ImportTable<Column> {
  const system = importer.systems ? openSystemExport(file, importer.systems) : undefined;
  const source = system ? fromSystem(system) : fromColumns(file, importer);
  const likely = file.separator === ';' ? 'comma' : 'point';
  return {
    ...source,
    async survey(signal) {
      const marks = new ColumnMarks();
      let total = 0;
      try {
        for await (const rows of source.rows()) {
          if (signal?.aborted) break;
          total += rows.length;
          if (decimal === undefined) for (const { cells } of rows) noteMarks(marks, importer.amounts, cells);
        }
      } catch (error) {
        if (!(error instanceof PosProError)) throw error;
      }
      return { total, numbers: decimal === undefined ? marks.rules(likely) : oneMark(decimal) };
    },
  };
}

function noteMarks<Column extends string>(
  marks: ColumnMarks,
  amounts: readonly Column[],
  cells: RawRow<Column>,
): void {
  for (const column of amounts) {
    const cell: unknown = cells[column];
    if (!Array.isArray(cell)) marks.note(column, cell);
    else for (const { quantity } of cell as { quantity?: unknown }[]) marks.note(column, quantity);
  }
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
    recognizedAs: file.format ?? null,
  };
}

async function* numbered<Column extends string>(
  file: TableFile,
  header: ReturnType<typeof readHeader<Column>>,
): AsyncGenerator<readonly NumberedRow<Column>[]> {
  for await (const rows of file.rows())
    yield rows.map(({ row, cells }) => ({ row, ...cellsOf(header, cells) }));
}
