/** Rows of administration. */
import { STAYS, type Retention } from '#kernel/retention';

export const ADMIN_RETENTION: Retention = {
  stay: [
    {
      because:
        'Scheduled backups beyond `BACKUP_KEEP` are deleted with their files by the schedule; others by people.',
      tables: ['backups'],
    },
    { because: STAYS.settings, tables: ['retention_settings'] },
  ],
};
