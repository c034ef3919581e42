/** Figures of the platform's disk and its backups for Prometheus. */
import { mkdir, statfs } from 'node:fs/promises';
import type { Services } from '#kernel/context';
import { sql } from '#kernel/db/database';
import type { MetricDescription, MetricSource, Reading } from '#kernel/metric-source';
import { operatorId } from './backup/operator';

/** A source of one number without labels. */
function figure(
  name: string,
  help: string,
  read: (services: Services) => Promise<number | undefined>,
): MetricSource {
  const metric: MetricDescription = { name, type: 'gauge', help, labels: [] };
  return {
    metrics: [metric],
    read: async (services) => {
      const value = await read(services);
      const readings: Reading[] = value === undefined ? [] : [{ labels: {}, value }];
      return { [name]: readings };
    },
  };
}

export const ADMIN_METRICS: readonly MetricSource[] = [
  figure(
    'pospro_disk_free_ratio',
    'Free part of the disk of DATA_DIR, from 0 to 1.',
    async ({ config: { dataDir } }) => {
      await mkdir(dataDir, { recursive: true });
      const { bavail, blocks } = await statfs(dataDir);
      return bavail / blocks;
    },
  ),
  figure(
    'pospro_backup_last_completed_timestamp_seconds',
    'Start of the last completed backup, in Unix time; absent if there is none. Alike in every process.',
    async (services) => {
      const db = services.database.forOrganization(await operatorId(services));
      const last = await db.maybeOne<{ createdAt: Date }>(
        sql`select created_at from backups where status = 'completed' order by created_at desc limit 1`,
      );
      return last && last.createdAt.getTime() / 1_000;
    },
  ),
  figure(
    'pospro_backup_interval_seconds',
    'Seconds between two scheduled backups; 0 if none are scheduled.',
    ({ config: { backup } }) => Promise.resolve(backup.everyHours * 3_600),
  ),
];
