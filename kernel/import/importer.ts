/** The parts of an import of one kind of rows; jobs and reports are the same for all of them. */
import type { RequestContext } from '../context';
import type { Transaction } from '../db/database';
import type { ImportErrorRow, ImportJobRow } from '../db/tables.generated';
import type { FieldError } from '../errors';
import type { ColumnNames, NumberedRow } from './import-columns.rules';
import type { NumberRules } from './number-marks.rules';
import type { KnownSystems } from './system-export';
import type { XmlFormat } from './xml-file';

/** The operation of an import. */
export type ImportKind = ImportJobRow['kind'];

/** An error or a warning about a row. */
export interface RowError extends FieldError {
  readonly row: number;
}

export type Severity = ImportErrorRow['severity'];

/** An error of a rejected row, or a warning about an imported one. */
export interface RowRemark extends RowError {
  readonly severity: Severity;
}

/** Keys of earlier rows of the same file: key → row. */
export type SeenKeys = ReadonlyMap<string, number>;

/** The result of a batch. */
export interface BatchResult {
  readonly created: number;
  readonly updated: number;
  /** Number of updated rows without a change, for which nothing was written. */
  readonly unchanged: number;
  readonly deleted: number;
  readonly faults: readonly RowError[];
  /** Warnings about imported rows. */
  readonly oddities: readonly RowError[];
  /** The keys of the imported rows, to find duplicates later in the file. */
  readonly taken: readonly { key: string; row: number }[];
  /** For the report as a whole; each appears once. */
  readonly notes: readonly string[];
}

export const NOTHING_DONE: BatchResult = {
  created: 0,
  updated: 0,
  unchanged: 0,
  deleted: 0,
  faults: [],
  oddities: [],
  taken: [],
  notes: [],
};

/** A row that was read. */
export interface ImportDraft {
  readonly row: number;
}

export interface Importer<Draft extends ImportDraft = ImportDraft, Column extends string = string> {
  readonly kind: ImportKind;
  /** The id of the target, unless the kind implies it: a retry for another target is another import. */
  readonly target?: string;
  readonly columns: ColumnNames<Column>;
  /** The columns with numbers. */
  readonly amounts: readonly Column[];
  /** The systems whose exports are supported. */
  readonly systems?: KnownSystems<Column>;
  /** The XML formats that are supported, beside CSV and XLSX. */
  readonly xml?: readonly XmlFormat[];
  /** Warnings about a file that has only these columns. */
  readonly missing: (named: ReadonlySet<Column>) => readonly string[];
  /** Reads one row. Errors are collected, never thrown: an invalid row fails alone. */
  readonly read: (row: NumberedRow<Column>, numbers: NumberRules) => Draft;
  /** Maps a violated constraint to the duplicate value; returns any other error unchanged. */
  readonly explain?: (error: unknown) => unknown;
  /** Writes the valid rows of a batch; returns the others as errors. */
  readonly write: (
    tx: Transaction,
    ctx: RequestContext,
    drafts: readonly Draft[],
    seen: SeenKeys,
  ) => Promise<BatchResult>;
}
