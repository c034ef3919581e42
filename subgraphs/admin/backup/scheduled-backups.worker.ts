/** Scheduled backups, and the deletion of old ones. */
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import type { Stop } from '#kernel/graph/subgraph';
import { startPeriodicWork } from '#kernel/periodic-work';
import { deleteBackup, startBackup } from './backups';
import { settleAbandoned } from './backups.queries';
import { operatorId } from './operator';

const LOOK_EVERY_MS = 60_000;
const HOUR_MS = 3_600_000;

/** Looks every minute whether a backup is due. Without BACKUP_EVERY_HOURS nothing runs. */
export function startScheduledBackups(services: Services, intervalMs = LOOK_EVERY_MS): Stop {
  if (services.config.backup.everyHours === 0) return () => Promise.resolve();
  return startPeriodicWork(services, { intervalMs, failure: 'a scheduled backup could not start' }, () =>
    scheduleBackup(services),
  );
}

/** Starts a backup if one is due, and deletes the scheduled ones beyond BACKUP_KEEP. */
export async function scheduleBackup(services: Services): Promise<void> {
  await settleAbandoned(services);
  const organizationId = await operatorId(services);
  if (organizationId === undefined) return;
  const ctx = systemContext(services, organizationId, { address: 'backup schedule' });
  await deleteOld(ctx);
  const isDue = () => isBackupDue(ctx);
  if (!(await isDue())) return;
  try {
    await startBackup(ctx, { origin: 'scheduled', isDue });
  } catch (error) {
    // Another process makes one.
    if (!(error instanceof PosProError && error.code === 'CONFLICT')) throw error;
  }
}

/** Whether the last backup is older than the interval. A failed one is tried again after an hour. */
async function isBackupDue({ db, clock, config }: RequestContext): Promise<boolean> {
  const now = clock.now().getTime();
  const since = new Date(now - config.backup.everyHours * HOUR_MS);
  const failedSince = new Date(now - Math.min(config.backup.everyHours * HOUR_MS, HOUR_MS));
  const { recent } = await db.one<{ recent: boolean }>(sql`
    select exists (select from backups
      where (status <> 'failed' and created_at > ${since}) or created_at > ${failedSince}) as recent`);
  return !recent;
}

async function deleteOld(ctx: RequestContext): Promise<void> {
  const old = await ctx.db.many<{ id: string }>(sql`
    select b.id from backups b
    where b.origin = 'scheduled' and b.status <> 'running' and b.created_at < (
      select min(kept.created_at) from (
        select created_at from backups where origin = 'scheduled' and status = 'completed'
        order by created_at desc limit ${ctx.config.backup.keep}
      ) as kept
      having count(*) = ${ctx.config.backup.keep})`);
  for (const { id } of old) await deleteBackup(ctx, id);
}
