/** Reading backups. */
import type { RequestContext, Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { listPage, type Page } from '#kernel/paging';
import type { QueryBackupsArgs } from '../inputs.generated';
import { backups, type BackupRow } from '../tables.generated';

/** A running backup holds this lock of the database until its end. */
export const BACKUP_LOCK = sql`hashtext('pospro_backup')`;

/**
 * Marks backups as failed whose process died: they are running, but nothing holds the lock. A backup stores its end before it releases
 * the lock, and an update sees what was committed meanwhile, so that a backup that ends now keeps its status.
 */
export async function settleAbandoned({
  database,
  clock,
}: Pick<Services, 'database' | 'clock'>): Promise<void> {
  await database.system.run(sql`
    with lock as materialized (select pg_try_advisory_xact_lock(${BACKUP_LOCK}) as free)
    update backups b set status = 'failed', error = 'The process ended during the backup.', finished_at = ${clock.now()}
    from lock where lock.free and b.status = 'running'`);
}

/** A page of the backups, the newest first. */
export async function listBackups(
  ctx: RequestContext,
  { status, ...args }: QueryBackupsArgs,
): Promise<Page<BackupRow>> {
  const list = () =>
    listPage<BackupRow>(
      ctx.db,
      {
        select: backups.select('b'),
        from: sql`backups b`,
        where: status == null ? [] : [sql`b.status = ${status}`],
        sorts: { createdAt: sql`b.created_at` },
        defaultSort: '-createdAt',
        id: sql`b.id`,
      },
      args,
    );
  const page = await list();
  if (!page.items.some(isRunning)) return page;
  await settleAbandoned(ctx);
  return list();
}

/** A backup by its id. @throws PosProError NOT_FOUND */
export async function findBackup(ctx: RequestContext, id: string): Promise<BackupRow> {
  const read = async () =>
    isUuid(id)
      ? ctx.db.maybeOne<BackupRow>(sql`select ${backups.columns} from backups where id = ${id}`)
      : undefined;
  const backup = await read();
  if (!backup) throw notFound('backup', id);
  if (!isRunning(backup)) return backup;
  await settleAbandoned(ctx);
  return (await read()) ?? backup;
}

function isRunning({ status }: BackupRow): boolean {
  return status === 'running';
}
