/** Backups of the database: started by a caller or the schedule, and written in the background. */
import { rm } from 'node:fs/promises';
import type { Client } from 'pg';
import { version } from '../../../package.json';
import { userOf } from '#kernel/auth/access';
import { writeBackup } from '#kernel/backup/write-backup';
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { isLockTimeout } from '#kernel/db/pg-errors';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { FieldErrors } from '#kernel/validation';
import { backupFinished } from '#kernel/backup/backup-events';
import type { BackupDatabaseInput, BackupOrigin } from '../inputs.generated';
import { backups, type BackupRow } from '../tables.generated';
import { assertFreeSpace, backupFile, newFileName, removeDrafts } from './backup-files';
import { removeBackup, storeBackup } from './backup-store';
import { BACKUP_LOCK, findBackup } from './backups.queries';

const LOCK_WAIT = '1s';
const RETRY_AFTER_SECONDS = 60;
const PROGRESS_EVERY_MS = 1_000;
const MAX_LABEL = 100;

interface NewBackup {
  readonly origin: BackupOrigin;
  readonly label?: string | null | undefined;
  /** Checked once no other backup can start. Optional; without it the backup is always due. */
  readonly isDue?: () => Promise<boolean>;
}

const running = new Set<{ readonly done: Promise<void>; readonly abort: AbortController }>();

/**
 * Starts a backup on request.
 * @throws PosProError 409 while another one runs; 422 for a label that is too long; 503 if too little of the disk is free.
 */
export async function backupDatabase(
  ctx: RequestContext,
  input: BackupDatabaseInput | null | undefined,
): Promise<BackupRow> {
  const label = input?.label?.trim();
  const errors = new FieldErrors();
  if (label && [...label].length > MAX_LABEL)
    errors.add('label', `A label may have at most ${MAX_LABEL} characters.`, 'TOO_LONG');
  errors.throwIfAny();
  const id = await startBackup(ctx, { origin: 'manual', label: label === '' ? undefined : label });
  return findBackup(ctx, id!);
}

/**
 * Starts a backup, which goes on in the background.
 * @returns its id, or that of the first request with the same idempotency key; undefined if it is not due.
 */
export async function startBackup(ctx: RequestContext, backup: NewBackup): Promise<string | undefined> {
  await assertFreeSpace(ctx.config);
  const abort = new AbortController();
  return new Promise((resolve, reject) => {
    const done = ctx.database
      .snapshot(async (client) => {
        await takeLock(client);
        if (backup.isDue && !(await backup.isDue())) {
          resolve(undefined);
          return;
        }
        await removeDrafts(ctx.config);
        const { id, fileName } = await insertBackup(ctx, backup);
        resolve(id);
        if (ctx.reply.replayed) return;
        await runBackup(ctx, client, { id, fileName, signal: abort.signal });
      })
      // After the answer, `runBackup` stores and logs its errors itself.
      .catch(reject);
    const job = { done: done.finally(() => running.delete(job)), abort };
    running.add(job);
  });
}

/** Ends the backups of this process, which fail, and waits for that. */
export async function stopBackups(): Promise<void> {
  const jobs = [...running];
  for (const { abort } of jobs) abort.abort();
  await Promise.all(jobs.map(({ done }) => done));
}

/** Two backups at once would only slow each other down. The lock ends with the transaction of the snapshot, even if the process dies. */
async function takeLock(client: Client): Promise<void> {
  try {
    await client.query(`set local lock_timeout = '${LOCK_WAIT}'`);
    await client.query(`select pg_advisory_xact_lock(${BACKUP_LOCK.text})`);
    // The limit is for the lock of backups alone; a table that is locked for longer does not end a backup.
    await client.query('set local lock_timeout to default');
  } catch (error) {
    if (!isLockTimeout(error)) throw error;
    throw new PosProError('CONFLICT', 'Another backup is running.', { retryAfter: RETRY_AFTER_SECONDS });
  }
}

async function insertBackup(
  ctx: RequestContext,
  { origin, label = null }: NewBackup,
): Promise<{ id: string; fileName: string }> {
  const encrypted = ctx.config.backup.key !== undefined;
  return transact(
    ctx,
    async (tx) => {
      // The lock is ours, so a backup that still reads as running has lost its process.
      await tx.run(sql`
        update backups set status = 'failed', error = 'The process ended during the backup.', finished_at = ${tx.now}
        where status = 'running'`);
      const id = ctx.ids.next();
      const fileName = newFileName(tx.now, id, encrypted);
      const { organizationId, now: createdAt } = tx;
      const createdBy = userOf(ctx) ?? null;
      await tx.run(
        backups.insert({
          id,
          organizationId,
          status: 'running',
          origin,
          label,
          fileName,
          encrypted,
          platformVersion: version,
          createdBy,
          createdAt,
        }),
      );
      return { id, fileName };
    },
    { idempotent: { operation: 'backupDatabase', input: { label } } },
  );
}

interface Job {
  readonly id: string;
  readonly fileName: string;
  readonly signal: AbortSignal;
}

/** Writes the file, and stores the result. Never throws. */
async function runBackup(ctx: RequestContext, client: Client, { id, fileName, signal }: Job): Promise<void> {
  const { config, log } = ctx;
  const file = backupFile(config, fileName);
  const work = systemContext(ctx, ctx.db.organizationId, { address: 'backup' });
  try {
    const { manifest, size, sha256 } = await writeBackup(client, {
      version,
      file,
      key: config.backup.key,
      signal,
      onProgress: progressOf(ctx, id),
    });
    const location = await storeBackup(config, fileName);
    const { snapshot } = manifest;
    const tables = manifest.tables.map(({ name, rows }) => ({ name, rows }));
    await finish(work, id, {
      status: 'completed',
      location,
      snapshot,
      tables,
      tablesDone: tables.length,
      tablesTotal: tables.length,
      sizeBytes: size,
      sha256,
    });
  } catch (error) {
    log.error({ err: error, backupId: id }, 'a backup failed');
    const reason = error instanceof Error ? error.message : String(error);
    await rm(file, { force: true }).catch(() => undefined);
    await finish(work, id, {
      status: 'failed',
      error: signal.aborted ? 'The server was stopped during the backup.' : reason,
    }).catch((failure: unknown) =>
      log.error({ err: failure, backupId: id }, 'the end of a backup was not stored'),
    );
  }
}

async function finish(
  ctx: RequestContext,
  id: string,
  result: Partial<BackupRow> & { status: 'completed' | 'failed' },
): Promise<void> {
  await transact(ctx, async (tx) => {
    await tx.prisma.backup.update({ where: { id }, data: { ...result, finishedAt: tx.now } as never });
    const { status } = result;
    tx.emit(backupFinished({ key: id, payload: { status } }));
  });
}

/** Stores the progress, once a second at most. */
function progressOf({ database, log }: Services, id: string): (done: number, total: number) => void {
  let next = 0;
  return (done, total) => {
    if (performance.now() < next) return;
    next = performance.now() + PROGRESS_EVERY_MS;
    void database.system
      .run(
        sql`update backups set tables_done = ${done}, tables_total = ${total} where id = ${id} and status = 'running'`,
      )
      .catch((error: unknown) => log.warn({ err: error }, 'the progress of a backup was not stored'));
  };
}

/** Deletes a backup and its file. @throws PosProError 404; 409 for a running one. */
export async function deleteBackup(ctx: RequestContext, id: string): Promise<Deletion> {
  const backup = await findBackup(ctx, id);
  const deleted = await transact(ctx, (tx) =>
    tx.run(sql`delete from backups where id = ${backup.id} and status <> 'running'`),
  );
  if (deleted === 0)
    throw new PosProError('ILLEGAL_STATE', 'The backup is running. Delete it once it has ended.');
  // Without its row a file that cannot be removed is only a file too many.
  await removeBackup(ctx.config, backup);
  return deletionOf(backup.id);
}
