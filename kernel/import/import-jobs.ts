/** Bulk operations as jobs in the database: their work, progress, and results by row. */
import type { RequestContext } from '../context';
import { sql, type Transaction } from '../db/database';
import type { RowOf } from '../db/table';
import { importErrors, importJobs, type ImportErrorRow } from '../db/tables.generated';
import { transact } from '../db/transact';
import { userOf } from '../auth/access';
import { notFound } from '../errors';
import { isUuid } from '../ids';
import { listPage, type Page, type PageArgs } from '../paging';
import type { NumberedRow } from './import-columns.rules';
import type { BatchResult, ImportDraft, ImportKind, Importer, RowRemark, Severity } from './importer';
import type { Survey } from './import-table';
import { importFinished } from './import-events';
import { LEASE_END, type JobRun } from './job-lease';

const SHOWN_JOB = importJobs.omit('organizationId', 'createdBy', 'runId', 'leaseUntil');
type StoredJob = RowOf<typeof SHOWN_JOB>;

export type ImportStatus = StoredJob['status'];

/** A bulk operation: its progress and result. */
export interface ImportJobRow extends StoredJob {
  /** Whether all changes were rolled back; such a job is not stored. */
  readonly dryRun: boolean;
  /** The row errors and warnings of a dry run; those of a stored job are in the database. */
  readonly remarks?: Readonly<Record<Severity, readonly RowRemark[]>>;
}

const JOB_COLUMNS = sql`${SHOWN_JOB.select('j')}, false as dry_run`;

/** The work of an import. */
export interface ImportOrder<Draft extends ImportDraft, Column extends string> extends Pick<
  StoredJob,
  'source' | 'fileName' | 'recognizedAs' | 'total' | 'warnings'
> {
  readonly importer: Importer<Draft, Column>;
  /** The rows, some at a time; may be read several times. */
  readonly rows: () => AsyncIterable<readonly NumberedRow<Column>[]>;
  /** Runs before the rows are read. */
  readonly survey: (signal?: AbortSignal) => Promise<Survey>;
  /** Identifies the request for retries under an idempotency key. */
  readonly fingerprint: string;
}

/**
 * Stores a new job, leased to a run. Under an idempotency key a retry gets the id of the first one, and `ctx.reply.replayed` is
 * set.
 */
export async function insertJob<Draft extends ImportDraft, Column extends string>(
  ctx: RequestContext,
  order: ImportOrder<Draft, Column>,
  runId: string,
): Promise<string> {
  const { importer, source, fileName, recognizedAs, total, warnings, fingerprint } = order;
  const { kind, target } = importer;
  const job = await transact(
    ctx,
    async (tx) => {
      const ids = { id: ctx.ids.next(), organizationId: tx.organizationId, createdBy: userOf(ctx) ?? null };
      const file = { source, fileName, recognizedAs, total, warnings };
      await tx.run(
        importJobs.insert({
          ...{ ...ids, kind, status: 'running', ...file, createdAt: tx.now, updatedAt: tx.now },
          ...{ runId, leaseUntil: null },
        }),
      );
      tx.send(sql`update import_jobs set lease_until = ${LEASE_END} where id = ${ids.id}`);
      return { id: ids.id };
    },
    {
      idempotent: {
        operation: `import.${kind}`,
        input: target === undefined ? fingerprint : `${target} ${fingerprint}`,
      },
    },
  );
  return job.id;
}

/** Thrown when a user has cancelled the job, or another run continues it; earlier batches stay. */
export class JobCancelled extends Error {}

/** The rows of a batch, of those of the job. */
export interface BatchRows {
  readonly processed: number;
  readonly total: number;
}

/** Stores the result of a batch, in the transaction of the batch. @throws JobCancelled */
export async function recordBatch(
  tx: Transaction,
  ctx: RequestContext,
  { jobId, runId }: JobRun,
  { processed, total }: BatchRows,
  result: BatchResult,
): Promise<void> {
  const { created, updated, unchanged, deleted, faults, oddities, notes } = result;
  const failed = new Set(faults.map((fault) => fault.row)).size;
  const warned = new Set(oddities.map((oddity) => oddity.row)).size;
  // A job that was cancelled meanwhile, or is another run's, writes nothing more: the current batch is rolled back as a whole.
  const counted = await tx.run(sql`
    update import_jobs set processed = processed + ${processed}::integer, created = created + ${created}::integer,
      updated = updated + ${updated}::integer, unchanged = unchanged + ${unchanged}::integer, deleted = deleted + ${deleted}::integer, failed = failed + ${failed}::integer,
      warned = warned + ${warned}::integer, total = greatest(${total}::integer, processed + ${processed}::integer),
      warnings = warnings || ${notes}::text[], updated_at = ${tx.now}, lease_until = ${LEASE_END}
    where id = ${jobId} and status = 'running' and run_id = ${runId}`);
  if (counted === 0) throw new JobCancelled();
  const remarks: RowRemark[] = [
    ...faults.map((fault) => ({ ...fault, severity: 'error' as const })),
    ...oddities.map((oddity) => ({ ...oddity, severity: 'warning' as const })),
  ];
  if (remarks.length === 0) return;
  const { organizationId } = tx;
  const rows = remarks.map((remark): ImportErrorRow => ({
    ...remark,
    id: ctx.ids.next(),
    organizationId,
    jobId,
  }));
  await tx.run(importErrors.insertMany(rows));
}

/** The end of a run. */
export interface RunEnd {
  readonly status: ImportStatus;
  readonly message: string | null;
  /** Whether a repetition of the request may continue the job. */
  readonly interrupted?: boolean;
}

/** Stores the end of a job, unless it was cancelled, or another run continues it. */
export async function finishJob(
  ctx: RequestContext,
  { jobId, runId }: JobRun,
  { status, message, interrupted = false }: RunEnd,
): Promise<void> {
  await transact(ctx, async (tx) => {
    const ended = await tx.run(sql`
      update import_jobs set status = ${status}, message = ${message},
        total = case when ${status} = 'completed' then processed else total end, updated_at = ${tx.now}, finished_at = ${tx.now},
        lease_until = case when ${interrupted} then clock_timestamp() end
      where id = ${jobId} and status = 'running' and run_id = ${runId}`);
    if (ended > 0) tx.emit(importFinished({ key: jobId, payload: { status } }));
  });
}

/** A bulk operation of one of these kinds by its id. @throws PosProError NOT_FOUND, also for another kind. */
export async function findJob(
  ctx: RequestContext,
  kinds: readonly ImportKind[],
  id: string,
): Promise<ImportJobRow> {
  const job = isUuid(id)
    ? await ctx.db.maybeOne<ImportJobRow>(
        sql`select ${JOB_COLUMNS} from import_jobs j where j.id = ${id} and j.kind = any(${kinds}::text[])`,
      )
    : undefined;
  if (!job) throw notFound('import', id);
  return job;
}

/** The filter of a list of bulk operations. */
export interface JobFilter extends PageArgs {
  readonly status?: ImportStatus | null;
  readonly kind?: ImportKind | null;
}

/** A page of the bulk operations of these kinds, the newest first. */
export async function listJobs(
  ctx: RequestContext,
  kinds: readonly ImportKind[],
  filter: JobFilter,
): Promise<Page<ImportJobRow>> {
  const { status, kind } = filter;
  const wanted = kind == null ? kinds : kinds.filter((one) => one === kind);
  const where = [
    sql`j.kind = any(${wanted}::text[])`,
    ...(status == null ? [] : [sql`j.status = ${status}`]),
  ];
  const sorts = { createdAt: sql`j.created_at` };
  const list = {
    select: JOB_COLUMNS,
    from: sql`import_jobs j`,
    where,
    sorts,
    defaultSort: '-createdAt',
    id: sql`j.id`,
  };
  return listPage<ImportJobRow>(ctx.db, list, filter);
}

/**
 * Ends a bulk operation after the current batch, in any process; earlier batches stay. An ended one is
 * unchanged. @throws PosProError NOT_FOUND
 */
export async function cancelJob(
  ctx: RequestContext,
  kinds: readonly ImportKind[],
  id: string,
): Promise<ImportJobRow> {
  const { id: jobId } = await findJob(ctx, kinds, id);
  await transact(ctx, async (tx) => {
    const ended = await tx.run(sql`
      update import_jobs set status = 'cancelled', message = 'Cancelled; rows that were taken before stay.', updated_at = ${tx.now},
        finished_at = ${tx.now}, lease_until = null
      where id = ${jobId} and status = 'running'`);
    if (ended > 0) tx.emit(importFinished({ key: jobId, payload: { status: 'cancelled' } }));
  });
  return findJob(ctx, kinds, jobId);
}
