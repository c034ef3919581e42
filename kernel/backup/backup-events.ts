import { publicEvent } from '../events/public-event';

/** A backup has ended. */
export const backupFinished = publicEvent<{ status: 'completed' | 'failed' }>('backup.finished', [
  'admin:backup',
]);
