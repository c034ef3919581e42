/** Figures of the platform's disk and its backups for Prometheus. */
import { mkdir, statfs } from 'node:fs/promises';
import { sql } from '#kernel/db/database';
import type { MetricSource } from '#kernel/metric-source';
import { operatorId } from './backup/operator';

export const ADMIN_METRICS: readonly MetricSource[] = [
  {
    name: 'pospro_disk_free_ratio',
    help: 'Free part of the disk of DATA_DIR, from 0 to 1.',
    labels: [],
    read: async ({ config: { dataDir } }) => {
      await mkdir(dataDir, { recursive: true });
      const { bavail, blocks } = await statfs(dataDir);
      return [{ labels: {}, value: bavail / blocks }];
    },
  },
  {
    name: 'pospro_backup_age_seconds',
    help: 'Seconds since the start of the last completed backup; absent if there is none. Alike in every process.',
    labels: [],
    read: async (services) => {
      const db = services.database.forOrganization(await operatorId(services));
      const last = await db.maybeOne<{ createdAt: Date }>(
        sql`select created_at from backups where status = 'completed' order by created_at desc limit 1`,
      );
      const now = services.clock.now().getTime();
      return last ? [{ labels: {}, value: (now - last.createdAt.getTime()) / 1_000 }] : [];
    },
  },
  {
    name: 'pospro_backup_interval_seconds',
    help: 'Seconds between two scheduled backups; 0 if none are scheduled.',
    labels: [],
    read: ({ config: { backup } }) => Promise.resolve([{ labels: {}, value: backup.everyHours * 3_600 }]),
  },
];
