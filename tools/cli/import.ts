/**
 * `pospro import`: sends a file to an import of the API, shows the progress, and lists the rejected rows. The same file sent again goes on
 * where an interrupted import ended, and imports nothing twice.
 */
import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from '../run-tool';
import { ConnectionLostError, withApi, type Api } from './api';
import type { Arguments } from './command';
import { UsageError } from './errors';
import { IMPORTS, IMPORT_KINDS } from './import-kinds';
import { showProgress } from './progress';

const TYPES: Readonly<Record<string, string>> = {
  '.csv': 'text/csv',
  '.tsv': 'text/tab-separated-values',
  '.txt': 'text/plain',
  '.xlsx': 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
};

const POLL_MS = 250;
/** A restart of the platform takes seconds. */
const MAX_ABSENCE_MS = 60_000;
const MAX_ATTEMPTS = 5;
const LISTED_ERRORS = 20;
const EXIT_REJECTED = 1;

interface Job {
  id: string;
  status: 'running' | 'completed' | 'failed' | 'cancelled';
  total: number;
  processed: number;
  created: number;
  updated: number;
  unchanged: number;
  failed: number;
  warnings: string[];
  message: string | null;
}

interface RowError {
  row: number;
  field: string;
  message: string;
}

interface FileImport {
  readonly file: string;
  readonly kind: keyof typeof IMPORTS;
  readonly query: string;
  readonly key: string;
}

export async function importFile(given: Arguments): Promise<number> {
  const [file] = given.positionals as [string];
  const kind = given.text('kind') ?? 'products';
  if (!isKind(kind)) throw new UsageError(`--kind must be one of ${IMPORT_KINDS.join(', ')}.`);
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new UsageError(`There is no file ${file}.`);
  const dryRun = given.flag('dry-run');
  const query = new URLSearchParams({
    ...(dryRun && { dry_run: 'true' }),
    ...(given.text('decimal') !== undefined && { decimal: given.text('decimal')! }),
  });
  const key = given.flag('again') ? `pospro-${Date.now()}` : `pospro-${await hashOf(file)}`;
  return withApi(given.text('organization'), async (api) => {
    const job = await importOnce(api, { file, kind, query: query.size > 0 ? `?${query}` : '', key });
    return report(api, IMPORTS[kind].jobs, job, dryRun);
  });
}

function isKind(kind: string): kind is keyof typeof IMPORTS {
  return Object.hasOwn(IMPORTS, kind);
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex').slice(0, 40);
}

/** Sends the file, again after a restart of the platform: under the same key the job goes on. @returns the ended job. */
async function importOnce(api: Api, work: FileImport): Promise<Job> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await follow(api, IMPORTS[work.kind].jobs, await send(api, work));
    } catch (error) {
      if (!(error instanceof ConnectionLostError) || attempt === MAX_ATTEMPTS) throw error;
      say(`${error.message} Waiting for it …`);
      await waitForPlatform(api, error);
    }
  }
}

async function send(api: Api, { file, kind, query, key }: FileImport): Promise<Job> {
  const { method, route } = IMPORTS[kind];
  const type = TYPES[path.extname(file).toLowerCase()] ?? 'text/csv';
  const form = new FormData();
  form.set('file', await openAsBlob(file, { type }), path.basename(file));
  const response = await api.fetch(route + query, {
    method,
    body: form,
    headers: { 'idempotency-key': key },
  });
  return (await response.json()) as Job;
}

async function follow(api: Api, jobs: string, started: Job): Promise<Job> {
  const progress = showProgress('rows');
  let job = started;
  try {
    while (job.status === 'running') {
      progress.show(job.processed, job.total);
      await sleep(POLL_MS);
      job = (await (await api.fetch(`${jobs}/${started.id}`)).json()) as Job;
    }
    progress.show(job.processed, job.total);
    return job;
  } finally {
    progress.end();
  }
}

async function waitForPlatform(api: Api, error: Error): Promise<void> {
  const end = performance.now() + MAX_ABSENCE_MS;
  while (!(await api.isReady())) {
    if (performance.now() > end)
      throw new UsageError(
        `${error.message} Run the same command again: it goes on after the imported rows.`,
      );
    await sleep(POLL_MS);
  }
}

/** @returns the exit code. */
async function report(api: Api, jobs: string, job: Job, dryRun: boolean): Promise<number> {
  const { created, updated, unchanged, failed, status, message, warnings } = job;
  for (const warning of warnings) say(warning);
  say(
    `${dryRun ? 'Dry run, nothing was written: ' : ''}${created} created, ${updated} updated (${unchanged} without a change), ${failed} rejected.`,
  );
  if (failed > 0 && !dryRun) await listErrors(api, `${jobs}/${job.id}/errors`, failed);
  if (status !== 'completed') say(`The import has ${status}: ${message ?? 'it was ended by a user.'}`);
  return status !== 'completed' || failed > 0 ? EXIT_REJECTED : 0;
}

async function listErrors(api: Api, route: string, failed: number): Promise<void> {
  const response = await api.fetch(`${route}?size=${LISTED_ERRORS}`);
  const { items } = (await response.json()) as { items: RowError[] };
  for (const { row, field, message } of items) say(`  row ${row}, ${field}: ${message}`);
  if (failed > items.length) say(`  … GET /api/v1${route} lists all of them.`);
}
