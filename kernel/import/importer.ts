/** What an import of one kind of rows consists of; jobs and reports are the same for all of them. */
import type { RequestContext } from '../context';
import type { Transaction } from '../db/database';
import type { ImportErrorRow, ImportJobRow } from '../db/tables.generated';
import type { FieldError } from '../errors';
import type { ColumnNames, NumberedRow } from './import-columns.rules';
import type { NumberRules } from './number-marks.rules';
import type { KnownSystems } from './system-export';

/** The operation of an import. */
export type ImportKind = ImportJobRow['kind'];

/** Why a row was not taken, or what is odd about it. */
export interface RowFault extends FieldError {
  readonly row: number;
}

export type Severity = ImportErrorRow['severity'];

/** A fault of a row that was not taken, or something odd about one that was. */
export interface RowRemark extends RowFault {
  readonly severity: Severity;
}

/** What rows of the same file have named so far: key → row. */
export type SeenKeys = ReadonlyMap<string, number>;

/** What became of a batch. */
export interface BatchResult {
  readonly created: number;
  readonly updated: number;
  /** How many of those that were updated said what was there already, so that nothing was written. */
  readonly unchanged: number;
  readonly deleted: number;
  readonly faults: readonly RowFault[];
  /** What is odd about rows that were taken all the same. */
  readonly oddities: readonly RowFault[];
  /** The keys of the rows that were taken, for finding their twins further down in the file. */
  readonly taken: readonly { key: string; row: number }[];
  /** For the report as a whole; each is told once. */
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
  /** The id of what the rows go into, where the kind does not say it: a retry for another one is another import. */
  readonly target?: string;
  readonly columns: ColumnNames<Column>;
  /** Those that hold numbers. */
  readonly amounts: readonly Column[];
  /** The systems whose exports are taken as they come. */
  readonly systems?: KnownSystems<Column>;
  /** What is odd about a file that has only these columns. */
  readonly missing: (named: ReadonlySet<Column>) => readonly string[];
  /** Reads one row. Faults are collected, never thrown: a bad row fails alone. */
  readonly read: (row: NumberedRow<Column>, numbers: NumberRules) => Draft;
  /** Says of a violated constraint which value is taken; any other error comes back as it is. */
  readonly explain?: (error: unknown) => unknown;
  /** Writes what can be written of a batch; the other rows come back as faults. */
  readonly write: (
    tx: Transaction,
    ctx: RequestContext,
    drafts: readonly Draft[],
    seen: SeenKeys,
  ) => Promise<BatchResult>;
}
