/** Runs an import: its rows in batches, each of which is written as a whole or, if that fails, row by row. */
import type { RequestContext } from '../context';
import { sql, type Transaction } from '../db/database';
import { sqlState } from '../db/pg-errors';
import { analyzeGrown } from '../db/analyze';
import { transact } from '../db/transact';
import { PosProError } from '../errors';
import { NOTHING_DONE, type BatchResult, type ImportDraft, type RowError, type Severity } from './importer';
import { JobCancelled, finishJob, recordBatch, type ImportJobRow, type ImportOrder } from './import-jobs';
import { MAX_LISTED } from './import-report';
import { holdLease, type JobRun } from './job-lease';
import type { NumberRules } from './number-marks.rules';
import { readAhead } from '../read-ahead';

/** Rows per transaction: enough to be fast, few enough to release locks soon. */
const BATCH_ROWS = 500;
/** Maximum rows of one file; the keys of all of them are kept in memory, to find duplicates. */
const MAX_ROWS = 500_000;
/** A dry run is one transaction, in which a row may depend on any earlier row: it must end soon. */
const MAX_DRY_ROWS = 20_000;
/** Number of rows from which the planner's statistics are updated. */
const MANY_ROWS = 1_000;

/** The target of batches: each in its own transaction, or all in one that is rolled back. */
interface Ledger {
  readonly maxRows: number;
  /** Rows at the beginning that are written already. */
  readonly written: number;
  /** Writes a batch and its result, or nothing. */
  take(rows: number, work: (tx: Transaction) => Promise<BatchResult>): Promise<BatchResult>;
}

/** Runs a job to its end, after the rows that earlier runs have taken. Never throws: the job records the error that stops it. */
export async function runJob<Draft extends ImportDraft, Column extends string>(
  ctx: RequestContext,
  run: JobRun,
  order: ImportOrder<Draft, Column>,
  signal: AbortSignal,
): Promise<void> {
  const { jobId } = run;
  const release = holdLease(ctx, run);
  const told = new Set<string>();
  let total = 0;
  const ledger: Ledger = {
    maxRows: MAX_ROWS,
    written: run.processed,
    take: (rows, work) =>
      transact(ctx, async (tx) => {
        const result = await work(tx);
        await recordBatch(
          tx,
          ctx,
          run,
          { processed: rows, total },
          {
            ...result,
            notes: result.notes.filter((note) => !told.has(note)),
          },
        );
        return result;
      }).then((result) => {
        for (const note of result.notes) told.add(note);
        return result;
      }),
  };
  try {
    const survey = await order.survey(signal);
    total = survey.total;
    if (signal.aborted) throw new PosProError('UNAVAILABLE', 'The server was stopped before the first row.');
    const rows = await new Run(ctx, order, ledger).all(survey.numbers, signal);
    if (rows >= MANY_ROWS) await analyzeGrown(ctx.database, ctx.log);
    await finishJob(ctx, run, { status: 'completed', message: null });
  } catch (error) {
    if (error instanceof JobCancelled) return;
    const message = `${reasonOf(ctx, error, jobId)} Rows that were taken before stay; the same file can be sent again.`;
    const interrupted = error instanceof PosProError && error.code === 'UNAVAILABLE';
    await finishJob(ctx, run, { status: 'failed', message, interrupted }).catch((failure: unknown) =>
      ctx.log.error({ err: failure, jobId }, 'the end of a bulk operation could not be written down'),
    );
  } finally {
    await release();
  }
}

/** The report of a dry run includes its errors and warnings, since nothing of it is stored. */
type DryRunReport = ImportJobRow & Required<Pick<ImportJobRow, 'remarks'>>;

/**
 * Runs an import in one transaction, and rolls it back: the report is that of the real import, and nothing is
 * written.
 */
export async function rehearse<Draft extends ImportDraft, Column extends string>(
  ctx: RequestContext,
  order: ImportOrder<Draft, Column>,
): Promise<DryRunReport> {
  const now = ctx.clock.now();
  const { kind } = order.importer;
  const survey = await order.survey();
  const empty: DryRunReport = {
    id: ctx.ids.next(), kind, status: 'completed', source: order.source, fileName: order.fileName, recognizedAs: order.recognizedAs, dryRun: true, total: survey.total,
    processed: 0, created: 0, updated: 0, unchanged: 0, deleted: 0, failed: 0, warned: 0, warnings: order.warnings, message: null, createdAt: now,
    updatedAt: now, finishedAt: now, remarks: { error: [], warning: [] },
  }; // prettier-ignore
  const done = await transact(ctx, async (tx): Promise<never> => {
    let report = empty;
    const take: Ledger['take'] = async (rows, work) => {
      await tx.run(sql`savepoint import_batch`);
      try {
        const result = await work(tx);
        await tx.run(sql`release savepoint import_batch`);
        report = withBatch(report, rows, result);
        return result;
      } catch (error) {
        await tx.run(sql`rollback to savepoint import_batch`);
        throw error;
      }
    };
    try {
      const rows = await new Run(ctx, order, { maxRows: MAX_DRY_ROWS, written: 0, take }).all(survey.numbers);
      report = { ...report, total: rows };
    } catch (error) {
      if (!(error instanceof PosProError) || error.status >= 500) throw error;
      report = { ...report, status: 'failed', message: error.message };
    }
    throw new Rehearsed(report);
  }).catch((error: unknown) => {
    if (error instanceof Rehearsed) return error.report;
    throw error;
  });
  return done;
}

/** Ends the transaction of a dry run without a commit. */
class Rehearsed extends Error {
  constructor(readonly report: DryRunReport) {
    super('a dry run is undone');
  }
}

function withBatch(report: DryRunReport, rows: number, result: BatchResult): DryRunReport {
  const listed = (severity: Severity, faults: readonly RowError[]) =>
    [...report.remarks[severity], ...faults.map((fault) => ({ ...fault, severity }))].slice(0, MAX_LISTED);
  return {
    ...report,
    processed: report.processed + rows,
    created: report.created + result.created,
    updated: report.updated + result.updated,
    unchanged: report.unchanged + result.unchanged,
    deleted: report.deleted + result.deleted,
    failed: report.failed + rowsOf(result.faults),
    warned: report.warned + rowsOf(result.oddities),
    warnings: [...new Set([...report.warnings, ...result.notes])],
    remarks: { error: listed('error', result.faults), warning: listed('warning', result.oddities) },
  };
}

/** Number of rows with errors. */
function rowsOf(faults: readonly RowError[]): number {
  return new Set(faults.map((fault) => fault.row)).size;
}

function reasonOf(ctx: RequestContext, error: unknown, jobId: string): string {
  if (error instanceof PosProError) return error.message;
  ctx.log.error({ err: error, jobId }, 'a bulk operation failed');
  return 'The import stopped because of an internal error.';
}

class Run<Draft extends ImportDraft, Column extends string> {
  /** Keys of the rows imported so far, with their row. */
  private readonly seen = new Map<string, number>();
  private rows = 0;

  constructor(
    private readonly ctx: RequestContext,
    private readonly order: ImportOrder<Draft, Column>,
    private readonly ledger: Ledger,
  ) {}

  /** Reads the next batch while the current one is written. @returns the number of rows. */
  async all(numbers: NumberRules, signal?: AbortSignal): Promise<number> {
    for await (const batch of readAhead(this.batches(numbers))) {
      await this.write(batch);
      if (signal?.aborted && batch.length === BATCH_ROWS)
        throw new PosProError('UNAVAILABLE', `The server was stopped after row ${batch.at(-1)!.row}.`);
    }
    return this.rows;
  }

  /** The rows in batches. Rows read before the end of a truncated file are imported, too: its error comes after them. */
  private async *batches(numbers: NumberRules): AsyncGenerator<readonly Draft[]> {
    const { importer } = this.order;
    const { maxRows, written } = this.ledger;
    let batch: Draft[] = [];
    let end: { readonly error: unknown } | undefined;
    try {
      for await (const rows of this.order.rows()) {
        for (const row of rows) {
          this.rows += 1;
          if (this.rows > maxRows)
            throw new PosProError('PAYLOAD_TOO_LARGE', `A file may have at most ${maxRows} rows.`);
          if (this.rows <= written) continue;
          batch.push(importer.read(row, numbers));
          if (batch.length < BATCH_ROWS) continue;
          yield batch;
          batch = [];
        }
      }
    } catch (error) {
      end = { error };
    }
    if (batch.length > 0) yield batch;
    if (end) throw end.error;
  }

  /** Writes a batch; if it fails as a whole, each row separately, so that only invalid ones are rejected. */
  private async write(drafts: readonly Draft[]): Promise<void> {
    const { importer } = this.order;
    try {
      const { taken } = await this.ledger.take(drafts.length, (tx) =>
        importer.write(tx, this.ctx, drafts, this.seen),
      );
      for (const { key, row } of taken) this.seen.set(key, row);
    } catch (error) {
      const [only, ...others] = drafts;
      if (others.length > 0 && isRowsFault(error)) {
        for (const draft of drafts) await this.write([draft]);
        return;
      }
      if (!only || !isRowsFault(error)) throw error;
      const faults = faultsOf(only.row, importer.explain?.(error) ?? error);
      await this.ledger.take(1, () => Promise.resolve({ ...NOTHING_DONE, faults }));
    }
  }
}

/** Whether an error is about the values of the rows: then other rows may be valid. */
function isRowsFault(error: unknown): boolean {
  if (error instanceof PosProError) return error.status < 500;
  // Class 22: invalid data for a type. Class 23: a constraint.
  return /^2[23]/.test(sqlState(error) ?? '');
}

function faultsOf(row: number, error: unknown): RowError[] {
  if (!(error instanceof PosProError))
    return [{ row, field: 'row', message: 'A value of the row cannot be stored.', code: 'INVALID' }];
  const errors = error.errors ?? [{ field: 'row', message: error.message, code: error.code }];
  return errors.map((fault) => ({
    ...fault,
    field: fault.field === '' ? 'row' : fault.field.replace(/^\./, ''),
    row,
  }));
}
