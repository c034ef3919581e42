/** Bulk operations as jobs: rows in batches, progress and faults in the database, and a report at the end. */
import type { RequestContext } from '../../kernel/context';
import { sql, type Transaction } from '../../kernel/db/database';
import { sqlState } from '../../kernel/db/failures';
import { analyzeGrown } from '../../kernel/db/statistics';
import { transact } from '../../kernel/db/transact';
import { userOf } from '../../kernel/auth/actor';
import { PosProError, notFound } from '../../kernel/errors';
import { isUuid } from '../../kernel/ids';
import { listPage, type Page, type PageArgs } from '../../kernel/paging';
import { asAlreadyExists } from './conflicts';
import { writeBatch, type BatchResult } from './importBatch';
import type { ImportKind, RowFault } from './importPlan';
import type { NumberedRow } from './importColumns';
import { readRow, type RowDraft } from './importRows';
import { nameKey } from './names';
import { listUnits } from './units';

export type ImportStatus = 'running' | 'completed' | 'failed' | 'cancelled';

/** A bulk operation: how far it is, and what became of it. */
export interface ImportJobRow {
  readonly id: string;
  readonly kind: ImportKind;
  readonly status: ImportStatus;
  readonly source: 'json' | 'csv' | 'xlsx';
  readonly fileName: string | null;
  readonly total: number;
  readonly processed: number;
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly failed: number;
  /** Rows that were taken though something about them is odd. */
  readonly warned: number;
  readonly warnings: readonly string[];
  readonly message: string | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly finishedAt: Date | null;
}

const JOB_COLUMNS = sql`j.id, j.kind, j.status, j.source, j.file_name, j.total, j.processed, j.created, j.updated, j.deleted, j.failed,
  j.warned, j.warnings, j.message, j.created_at, j.updated_at, j.finished_at`;

/** What a job is to do. */
export interface JobOrder {
  readonly kind: ImportKind;
  readonly source: 'json' | 'csv' | 'xlsx';
  readonly fileName: string | null;
  /** How many rows there are, more or less. */
  readonly total: number;
  readonly warnings: readonly string[];
  readonly decimalComma: boolean;
  readonly rows: AsyncIterable<NumberedRow> | Iterable<NumberedRow>;
  /** Tells whether a retry under an idempotency key asks for the same. */
  readonly fingerprint: string;
}

/** Rows that are written in one transaction: enough to be fast, few enough to hold no lock for long. */
const BATCH_ROWS = 500;
/** The most rows of one file; the keys of all of them are kept in memory, to find doubles. */
const MAX_ROWS = 500_000;
/** From so many rows on, the planner should know of them at once. */
const MANY_ROWS = 1_000;
/** A job whose row stands still for so long belongs to a process that is gone. */
const STALE_AFTER_MS = 5 * 60_000;

/** Stores a new job. Under an idempotency key a retry gets the id of the first one, and `ctx.reply.replayed` says so. */
export async function insertJob(ctx: RequestContext, order: JobOrder): Promise<string> {
  const { kind, source, fileName, total, warnings, fingerprint } = order;
  const job = await transact(
    ctx,
    async (tx) => {
      const id = ctx.ids.next();
      await tx.run(sql`
        insert into import_jobs (id, organization_id, kind, status, source, file_name, total, warnings, created_by, created_at, updated_at)
        values (${id}, ${tx.organizationId}, ${kind}, 'running', ${source}, ${fileName}, ${total}, ${warnings}, ${userOf(ctx) ?? null},
          ${tx.now}, ${tx.now})`);
      return { id };
    },
    { idempotent: { operation: `import.${kind}`, input: fingerprint } },
  );
  return job.id;
}

/** Carries out a job to its end. Never throws: whatever stops it stands in the job. */
export async function runJob(ctx: RequestContext, jobId: string, order: JobOrder, signal: AbortSignal): Promise<void> {
  const run = new JobRun(ctx, jobId, order);
  try {
    await run.all(signal);
    await finish(ctx, jobId, 'completed', null);
  } catch (error) {
    if (error instanceof JobCancelled) return;
    const message = error instanceof PosProError ? error.message : 'The import stopped because of a fault on our side.';
    if (!(error instanceof PosProError)) ctx.log.error({ err: error, jobId }, 'a bulk operation failed');
    await finish(ctx, jobId, 'failed', `${message} Rows that were taken before stay; the same file can be sent again.`).catch(
      (failure: unknown) => ctx.log.error({ err: failure, jobId }, 'the end of a bulk operation could not be written down'),
    );
  }
}

/** Somebody has cancelled the job; what was written before stays. */
class JobCancelled extends Error {}

class JobRun {
  /** Keys of the rows taken so far, with their row. */
  private readonly seen = new Map<string, number>();
  private rows = 0;
  private stockWarned = false;

  constructor(
    private readonly ctx: RequestContext,
    private readonly jobId: string,
    private readonly order: JobOrder,
  ) {}

  async all(signal: AbortSignal): Promise<void> {
    const units = new Map((await listUnits(this.ctx.db)).map((unit) => [nameKey(unit.code), unit.quantityPlaces]));
    const { decimalComma } = this.order;
    let batch: RowDraft[] = [];
    let cancelled = false;
    try {
      for await (const row of this.order.rows) {
        this.rows += 1;
        if (this.rows > MAX_ROWS) throw new PosProError('PAYLOAD_TOO_LARGE', `A file may have ${MAX_ROWS} rows.`);
        batch.push(readRow(row, { decimalComma, units }));
        if (batch.length < BATCH_ROWS) continue;
        const full = batch;
        batch = [];
        await this.write(full).catch((error: unknown) => {
          cancelled = error instanceof JobCancelled;
          throw error;
        });
        if (signal.aborted) throw new PosProError('UNAVAILABLE', `The server was stopped after row ${row.row}.`);
      }
    } finally {
      // What was read before the file broke off is taken, too.
      if (batch.length > 0 && !cancelled) await this.write(batch);
    }
    if (this.rows >= MANY_ROWS) await analyzeGrown(this.ctx.database, this.ctx.log);
  }

  /** Writes a batch; where it fails as a whole, each row by itself, so that only the bad ones are left out. */
  private async write(drafts: readonly RowDraft[]): Promise<void> {
    try {
      const result = await transact(this.ctx, async (tx) => {
        const written = await writeBatch(tx, this.ctx, this.order.kind, drafts, this.seen);
        await this.record(tx, drafts.length, written);
        return written;
      });
      for (const { key, row } of result.taken) this.seen.set(key, row);
      this.stockWarned ||= result.stockPassedOver;
    } catch (error) {
      const [only, ...others] = drafts;
      if (others.length > 0 && isRowsFault(error)) {
        for (const draft of drafts) await this.write([draft]);
        return;
      }
      if (!only || !isRowsFault(error)) throw error;
      const faults = faultsOf(only.row, error);
      await transact(this.ctx, (tx) => this.record(tx, 1, { ...NOTHING, faults }));
    }
  }

  private async record(tx: Transaction, processed: number, result: BatchResult): Promise<void> {
    const { created, updated, deleted, faults, oddities, stockPassedOver } = result;
    const failed = new Set(faults.map((fault) => fault.row)).size;
    const warned = new Set(oddities.map((oddity) => oddity.row)).size;
    const warnings = stockPassedOver && !this.stockWarned ? [STOCK_PASSED_OVER] : [];
    // A job that was cancelled meanwhile writes nothing more: the batch at hand is rolled back as a whole.
    const counted = await tx.run(sql`
      update import_jobs set processed = processed + ${processed}::integer, created = created + ${created}::integer,
        updated = updated + ${updated}::integer, deleted = deleted + ${deleted}::integer, failed = failed + ${failed}::integer,
        warned = warned + ${warned}::integer, total = greatest(total, processed + ${processed}::integer), warnings = warnings || ${warnings}::text[], updated_at = ${tx.now}
      where id = ${this.jobId} and status = 'running'`);
    if (counted === 0) throw new JobCancelled();
    const remarks = [
      ...faults.map((fault) => ({ ...fault, severity: 'error' })),
      ...oddities.map((oddity) => ({ ...oddity, severity: 'warning' })),
    ];
    if (remarks.length === 0) return;
    const rows = remarks.map((remark) => ({ ...remark, id: this.ctx.ids.next() }));
    await tx.run(sql`
      insert into import_errors (id, organization_id, job_id, row, severity, field, message, code)
      select x.id, ${tx.organizationId}::uuid, ${this.jobId}::uuid, x.row, x.severity, x.field, x.message, x.code
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        as x (id uuid, row integer, severity text, field text, message text, code text)`);
  }
}

const STOCK_PASSED_OVER = 'Initial stock is only posted for new products; for those that exist, adjust the stock instead.';
const NOTHING: BatchResult = { created: 0, updated: 0, deleted: 0, faults: [], oddities: [], taken: [], stockPassedOver: false };

/** Whether an error is about the values of the rows: then other rows may still be good. */
function isRowsFault(error: unknown): boolean {
  if (error instanceof PosProError) return error.status < 500;
  // Class 22: data that a type does not hold. Class 23: a constraint.
  return /^2[23]/.test(sqlState(error) ?? '');
}

function faultsOf(row: number, error: unknown): RowFault[] {
  const known = asAlreadyExists(error);
  if (!(known instanceof PosProError))
    return [{ row, field: 'row', message: 'A value of the row cannot be stored.', code: 'INVALID' }];
  const errors = known.errors ?? [{ field: 'row', message: known.message, code: known.code }];
  return errors.map((fault) => ({ ...fault, field: fault.field === '' ? 'row' : fault.field.replace(/^\./, ''), row }));
}

async function finish(ctx: RequestContext, jobId: string, status: ImportStatus, message: string | null): Promise<void> {
  await transact(ctx, async (tx) => {
    const ended = await tx.run(sql`
      update import_jobs set status = ${status}, message = ${message},
        total = case when ${status} = 'completed' then processed else total end, updated_at = ${tx.now}, finished_at = ${tx.now}
      where id = ${jobId} and status = 'running'`);
    if (ended > 0) tx.emit({ type: 'import.finished', key: jobId, payload: { status } });
  });
}

/** A bulk operation by its id. @throws PosProError NOT_FOUND */
export async function importJob(ctx: RequestContext, id: string): Promise<ImportJobRow> {
  const job = isUuid(id)
    ? await ctx.db.maybeOne<ImportJobRow>(sql`select ${JOB_COLUMNS} from import_jobs j where j.id = ${id}`)
    : undefined;
  if (!job) throw notFound('import', id);
  return withEnd(ctx, job);
}

/** A job that has stood still for too long has ended with its process, though nobody wrote it down. */
function withEnd(ctx: RequestContext, job: ImportJobRow): ImportJobRow {
  const silent = ctx.clock.now().getTime() - job.updatedAt.getTime() > STALE_AFTER_MS;
  if (job.status !== 'running' || !silent) return job;
  return { ...job, status: 'failed', message: `The server was stopped after ${job.processed} rows. Send the same file again.` };
}

/** A page of bulk operations, the newest first. */
export async function listImportJobs(
  ctx: RequestContext,
  filter: PageArgs & { status?: ImportStatus | null; kind?: ImportKind | null },
): Promise<Page<ImportJobRow>> {
  const { status, kind } = filter;
  const where = [...(status == null ? [] : [sql`j.status = ${status}`]), ...(kind == null ? [] : [sql`j.kind = ${kind}`])];
  const sorts = { createdAt: sql`j.created_at` };
  const list = { select: JOB_COLUMNS, from: sql`import_jobs j`, where, sorts, defaultSort: '-createdAt', id: sql`j.id` };
  const page = await listPage<ImportJobRow>(ctx.db, list, filter);
  return { ...page, items: page.items.map((job) => withEnd(ctx, job)) };
}

/**
 * Ends a bulk operation after the batch at hand, in whichever process it runs; what was taken before stays. One that has ended
 * stays as it is. @throws PosProError NOT_FOUND
 */
export async function cancelImport(ctx: RequestContext, id: string): Promise<ImportJobRow> {
  const { id: jobId } = await importJob(ctx, id);
  await transact(ctx, async (tx) => {
    const ended = await tx.run(sql`
      update import_jobs set status = 'cancelled', message = 'Cancelled; rows that were taken before stay.', updated_at = ${tx.now},
        finished_at = ${tx.now}
      where id = ${jobId} and status = 'running'`);
    if (ended > 0) tx.emit({ type: 'import.finished', key: jobId, payload: { status: 'cancelled' } });
  });
  return importJob(ctx, jobId);
}
