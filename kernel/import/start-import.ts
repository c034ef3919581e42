/**
 * Starts bulk operations: from JSON or a file to a job. The report of items and of a small file is answered directly if it is ready
 * within seconds; a larger file is answered when it has been received and its header has been read.
 */
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestContext } from '../context';
import { inputText } from '../db/idempotency';
import { PosProError, invalid } from '../errors';
import type { UploadedFile } from '../graph/upload';
import { openCsv } from './csv-file';
import { importTable } from './import-table';
import type { NumberedRow, RawRow } from './import-columns.rules';
import type { ImportDraft, Importer } from './importer';
import { findJob, insertJob, type ImportJobRow, type ImportOrder } from './import-jobs';
import { oneMark, type DecimalMark } from './number-marks.rules';
import { claimJob, type Claim, type JobRun } from './job-lease';
import { rehearse, runJob } from './run-import';
import { spool, type SpooledFile } from './spool';
import type { TableFile } from './table-file';
import { openXlsx } from './xlsx-file';
import { openXml } from './xml-file';

/** Either items or a file. */
export interface BulkInput<Column extends string = string> {
  readonly items?: readonly RawRow<Column>[] | null;
  readonly file?: UploadedFile | null;
  /** The decimal mark of the file's numbers. Optional; defaults to detection by column. */
  readonly decimal?: DecimalMark | null;
  /** Whether to answer the report without writing. */
  readonly dryRun?: boolean | null;
}

/** Maximum items of one JSON body. */
const MAX_ITEMS = 10_000;
/** Maximum wait for the report of items or of a small file. */
const WAIT_MS = 10_000;
/** Maximum size of a small file: some hundred rows, which take a fraction of a second. */
const SMALL_FILE_BYTES = 16_384;
/** Pause between two looks at the lease of a job that another run has. */
const LEASE_LOOK_MS = 250;
/** Maximum number of files that a process imports at the same time: each uses a connection of the pool. */
const MAX_FILES = 4;

interface Running {
  readonly done: Promise<void>;
  readonly abort: AbortController;
}

const running = new Set<Running>();
/** Files being read, without a job yet. */
const reading = new Set<AbortController>();
let files = 0;

/**
 * Imports rows of any kind from JSON items, or a CSV or XLSX file. An invalid row fails alone.
 * @param making the importer; if it fails, as for an unknown target, the upload is drained unread.
 * @throws PosProError 422 without items or file, or for a file without header; 415 for other formats; 503 if
 * too many files are being imported; the errors of `making`.
 */
export async function startImport<Draft extends ImportDraft, Column extends string>(
  ctx: RequestContext,
  making: Importer<Draft, Column> | Promise<Importer<Draft, Column>>,
  input: BulkInput<Column>,
): Promise<ImportJobRow> {
  const importer = await Promise.resolve(making).catch((error: unknown) => {
    input.file?.stream.resume();
    throw error;
  });
  return input.file ? importFile(ctx, importer, input, input.file) : importItems(ctx, importer, input);
}

async function importItems<Draft extends ImportDraft, Column extends string>(
  ctx: RequestContext,
  importer: Importer<Draft, Column>,
  { items, dryRun }: BulkInput<Column>,
): Promise<ImportJobRow> {
  if (!items || items.length === 0)
    throw invalid('items', 'Send "items", or a CSV or XLSX file.', 'REQUIRED');
  if (items.length > MAX_ITEMS)
    throw invalid('items', `Send at most ${MAX_ITEMS} items, or a CSV file.`, 'LENGTH');
  const rows = items.map((cells, index): NumberedRow<Column> => ({ row: index + 1, cells }));
  const total = rows.length;
  const order = {
    importer,
    source: 'json',
    rows: () => Readable.from([rows]),
    survey: () => Promise.resolve({ total, numbers: oneMark('point') }),
    total,
    fingerprint: createHash('sha256').update(inputText(items)).digest('hex'),
    fileName: null,
    recognizedAs: null,
    warnings: [],
  } satisfies ImportOrder<Draft, Column>;
  return dryRun ? rehearse(ctx, order) : start(ctx, order, { waitMs: WAIT_MS });
}

async function importFile<Draft extends ImportDraft, Column extends string>(
  ctx: RequestContext,
  importer: Importer<Draft, Column>,
  { decimal, dryRun }: BulkInput<Column>,
  upload: UploadedFile,
): Promise<ImportJobRow> {
  if (files >= MAX_FILES) {
    upload.stream.resume();
    throw new PosProError('UNAVAILABLE', 'Too many files are being imported at the moment.', {
      retryAfter: 10,
    });
  }
  files += 1;
  const stopped = new AbortController();
  reading.add(stopped);
  // Opened resources are closed in reverse order, whether the job ran or not.
  const closing: (() => Promise<void> | void)[] = [() => void (files -= 1)];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const spooled = await spool(upload, importer.xml !== undefined);
    closing.push(spooled.remove);
    const file = await openTable(spooled, importer);
    closing.push(file.close);
    // XML has one decimal mark.
    const mark = spooled.format === 'xml' ? 'point' : (decimal ?? undefined);
    const table = importTable(file, importer, mark);
    const guessed = spooled.charsetGuessed ? [CHARSET_GUESSED] : [];
    const order: ImportOrder<Draft, Column> = {
      importer,
      source: spooled.format,
      fileName: upload.filename.slice(0, 255) || null,
      // Another decimal mark gives other numbers for the same bytes.
      fingerprint: decimal ? `${spooled.hash} ${decimal}` : spooled.hash,
      ...table,
      total: 0,
      warnings: [...guessed, ...table.warnings],
    };
    if (stopped.signal.aborted)
      throw new PosProError('UNAVAILABLE', 'The server is stopping.', { retryAfter: 10 });
    if (!dryRun) {
      const waitMs = spooled.size > SMALL_FILE_BYTES ? 0 : WAIT_MS;
      return await start(ctx, order, { waitMs, cleanUp: close });
    }
    const report = await rehearse(ctx, order);
    await close();
    return report;
  } catch (error) {
    await close();
    throw error;
  } finally {
    reading.delete(stopped);
  }
}

/** Opens a spooled file by its format. */
function openTable<Draft extends ImportDraft, Column extends string>(
  spooled: SpooledFile,
  { xml }: Importer<Draft, Column>,
): Promise<TableFile> {
  if (spooled.format === 'xml') return openXml(spooled, xml ?? []);
  return spooled.format === 'xlsx' ? openXlsx(spooled) : openCsv(spooled);
}

const CHARSET_GUESSED =
  'The file is not UTF-8 and names no charset; it was read as windows-1252. Send the content type with a charset to be sure.';

/** The wait for a job. */
interface Waiting {
  /** Maximum wait for its end, in milliseconds. */
  readonly waitMs: number;
  /** Runs when the job has ended, or was not needed. */
  readonly cleanUp?: () => Promise<void>;
}

/** Starts a job and waits a while for its end. */
async function start<Draft extends ImportDraft, Column extends string>(
  ctx: RequestContext,
  order: ImportOrder<Draft, Column>,
  { waitMs, cleanUp }: Waiting,
): Promise<ImportJobRow> {
  // Not an id of a row, so that it takes none of the caller's.
  const runId = randomUUID();
  const jobId = await insertJob(ctx, order, runId);
  const abort = new AbortController();
  const run = { jobId, runId, processed: 0 };
  // Before the answer, which shows that the job runs again.
  const claim = ctx.reply.replayed ? await claimJob(ctx, jobId, runId) : NEW_JOB;
  const done = runClaimed(ctx, run, order, { claim, signal: abort.signal })
    .finally(cleanUp)
    .catch((error: unknown) =>
      ctx.log.error({ err: error, jobId }, 'a bulk operation could not be continued, or not be closed'),
    );
  const job: Running = { done, abort };
  running.add(job);
  const ended = done.finally(() => running.delete(job));
  if (waitMs > 0) await pause(waitMs, ended);
  return findJob(ctx, [order.importer.kind], jobId);
}

const NEW_JOB: Claim = { state: 'claimed', processed: 0 };

/**
 * Runs a job that is the caller's, or becomes so because the process of an earlier request is gone. Returns at once if the job has ended, and
 * soon if its process lives.
 */
async function runClaimed<Draft extends ImportDraft, Column extends string>(
  ctx: RequestContext,
  run: JobRun,
  order: ImportOrder<Draft, Column>,
  { claim, signal }: { claim: Claim; signal: AbortSignal },
): Promise<void> {
  if (claim.state === 'ended') return;
  if (claim.state === 'claimed') return runJob(ctx, { ...run, processed: claim.processed }, order, signal);
  await sleep(LEASE_LOOK_MS);
  if (signal.aborted) return;
  const next = await claimJob(ctx, run.jobId, run.runId);
  // A lease that is renewed has a run.
  if (next.state === 'held' && next.until > claim.until) return;
  await runClaimed(ctx, run, order, { claim: next, signal });
}

/** Waits, but not beyond the end of the work. */
async function pause(ms: number, work: Promise<void>): Promise<void> {
  const timer = new AbortController();
  void work.finally(() => timer.abort());
  await sleep(ms, undefined, { signal: timer.signal }).catch(() => undefined);
}

/**
 * Ends the jobs of this process after the current batch, and waits for that; files that are still being read
 * start none.
 */
export async function stopImports(): Promise<void> {
  for (const stopped of reading) stopped.abort();
  const jobs = [...running];
  for (const job of jobs) job.abort.abort();
  await Promise.all(jobs.map((job) => job.done));
}
