/** The bulk operations: from JSON or a file to a job, whose report is given at once where it is ready within seconds. */
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestContext } from '../../kernel/context';
import { canonicalJson } from '../../kernel/db/idempotency';
import { PosProError, invalid } from '../../kernel/errors';
import type { UploadedFile } from '../../kernel/graph/upload';
import { openCsv, spool } from './csvFile';
import { openXlsx } from './xlsxFile';
import { importJob, insertJob, runJob, type ImportJobRow, type JobOrder } from './importJobs';
import type { ImportKind } from './importPlan';
import type { ImportHeader, NumberedRow, RawRow } from './importColumns';

/** Either items or a file. */
export interface BulkInput {
  readonly items?: readonly RawRow[] | null;
  readonly file?: UploadedFile | null;
}

/** The most items of one JSON body. */
const MAX_ITEMS = 10_000;
/** How long an answer waits for the report before it answers with the running job. */
const WAIT_MS = 10_000;
/** How many files a process works on at once: each holds a connection of the pool. */
const MAX_FILES = 4;

interface Running {
  readonly done: Promise<void>;
  readonly abort: AbortController;
}

const running = new Set<Running>();
let files = 0;

/**
 * Creates products from JSON items, or a CSV or XLSX file; those whose SKU is there already are updated. A bad row fails alone.
 * @throws PosProError 422 without items or file, or for a file without header; 415 for what is neither; 503 where too many files
 * are worked on.
 */
export function bulkCreateProducts(ctx: RequestContext, input: BulkInput): Promise<ImportJobRow> {
  return input.file ? importFile(ctx, 'create', input.file) : importItems(ctx, 'create', input.items);
}

/** Changes products that are named by id, SKU or barcode; otherwise like bulkCreateProducts. */
export function bulkUpdateProducts(ctx: RequestContext, input: BulkInput): Promise<ImportJobRow> {
  return input.file ? importFile(ctx, 'update', input.file) : importItems(ctx, 'update', input.items);
}

/** Changes nothing but price and cost. */
export function bulkUpdatePrices(ctx: RequestContext, input: BulkInput): Promise<ImportJobRow> {
  return input.file ? importFile(ctx, 'price', input.file) : importItems(ctx, 'price', input.items);
}

/** Deletes products by id or SKU. */
export async function bulkDeleteProducts(
  ctx: RequestContext,
  input: { ids?: readonly string[] | null; skus?: readonly string[] | null },
): Promise<ImportJobRow> {
  const items = [...(input.ids ?? []).map((id) => ({ id })), ...(input.skus ?? []).map((sku) => ({ sku }))];
  if (items.length === 0) throw invalid('ids', 'Name the products by "ids" or "skus".', 'REQUIRED');
  return importItems(ctx, 'delete', items);
}

async function importItems(
  ctx: RequestContext,
  kind: ImportKind,
  items: readonly RawRow[] | null | undefined,
): Promise<ImportJobRow> {
  if (!items || items.length === 0) throw invalid('items', 'Send "items", or a CSV or XLSX file.', 'REQUIRED');
  if (items.length > MAX_ITEMS) throw invalid('items', `Send ${MAX_ITEMS} items at most, or a CSV file.`, 'LENGTH');
  const rows = items.map((cells, index): NumberedRow => ({ row: index + 1, cells }));
  const fingerprint = createHash('sha256').update(canonicalJson(items)).digest('hex');
  const facts = { fileName: null, warnings: [], decimalComma: false, total: rows.length };
  return start(ctx, { kind, source: 'json', rows, fingerprint, ...facts }, () => Promise.resolve());
}

async function importFile(ctx: RequestContext, kind: ImportKind, upload: UploadedFile): Promise<ImportJobRow> {
  if (files >= MAX_FILES) {
    upload.stream.resume();
    throw new PosProError('UNAVAILABLE', 'Too many files are being imported at the moment.', { retryAfter: 10 });
  }
  files += 1;
  // What was opened is closed in the end, the latest first, whether the job ran or was never begun.
  const closing: (() => Promise<void> | void)[] = [() => void (files -= 1)];
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end();
  };
  try {
    const spooled = await spool(upload);
    closing.push(spooled.remove);
    const table = spooled.format === 'xlsx' ? await openXlsx(spooled) : await openCsv(spooled);
    closing.push(table.close);
    const { rows, decimalComma } = table;
    const facts = { fileName: upload.filename.slice(0, 255) || null, total: spooled.estimatedRows, fingerprint: spooled.hash };
    const order: JobOrder = {
      kind,
      source: spooled.format,
      rows,
      decimalComma,
      warnings: warningsOf(kind, table.header),
      ...facts,
    };
    return await start(ctx, order, close);
  } catch (error) {
    await close();
    throw error;
  }
}

function warningsOf(kind: ImportKind, header: ImportHeader): string[] {
  const named = new Set(header.columns);
  const missing = kind === 'create' ? (['name', 'price'] as const).filter((column) => !named.has(column)) : [];
  const only = missing.map((column) => `There is no column "${column}", so only products that exist already can be taken.`);
  return [...header.warnings, ...only];
}

/** Starts a job and waits a while for its end. @param cleanUp runs when the job has ended, or was not needed. */
async function start(ctx: RequestContext, order: JobOrder, cleanUp: () => Promise<void>): Promise<ImportJobRow> {
  const jobId = await insertJob(ctx, order);
  if (ctx.reply.replayed) {
    await cleanUp();
    return importJob(ctx, jobId);
  }
  const abort = new AbortController();
  const done = runJob(ctx, jobId, order, abort.signal)
    .then(cleanUp)
    .catch((error: unknown) => ctx.log.error({ err: error, jobId }, 'what a bulk operation had open could not be closed'));
  const job: Running = { done, abort };
  running.add(job);
  const ended = done.finally(() => running.delete(job));
  const timer = new AbortController();
  await Promise.race([ended, sleep(WAIT_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
  timer.abort();
  return importJob(ctx, jobId);
}

/** Ends the jobs of this process after the batch at hand, and waits for that. */
export async function stopImports(): Promise<void> {
  const jobs = [...running];
  for (const job of jobs) job.abort.abort();
  await Promise.all(jobs.map((job) => job.done));
}
