/** Restores a backup of the platform into an empty database, and checks the result. */
import type { Logger } from 'pino';
import { openBackup } from '#kernel/backup/read-backup';
import { renewServerState } from '#kernel/backup/renew-server-state';
import { restoreBackup } from '#kernel/backup/restore-backup';
import { openDatabase } from '#kernel/db/open-database';
import { endAllSessions } from '#subgraphs/auth/index';
import { moveRestoredPositions } from '#subgraphs/webhooks/index';
import { checkDatabase } from './check-database';

export interface RestoreRequest {
  readonly file: string;
  readonly key: Buffer | undefined;
  /** The empty database, as its owner. */
  readonly url: string;
  readonly log: Logger;
  readonly say: (line: string) => void;
  /** As of `restoreBackup`. */
  readonly migrationsFolder?: string;
}

/**
 * Restores a backup.
 * @returns whether the restored data is in order: audit trail, Z-reports and ledgers.
 * @throws RestoreError, UnreadableBackupError; the database has no data then.
 */
export async function restoreDatabase(request: RestoreRequest): Promise<boolean> {
  const { file, key, url, log, say, migrationsFolder } = request;
  const backup = await openBackup(file, key);
  try {
    await restoreBackup({
      url,
      backup,
      onProgress: say,
      ...(migrationsFolder !== undefined && { migrationsFolder }),
      afterData: async (client) => {
        // The positions follow the old numbers of the events, which are renewed after that.
        await moveRestoredPositions(client);
        await renewServerState(client, backup.manifest.cursorOffset);
        await endAllSessions(client);
      },
    });
  } finally {
    await backup.close();
  }
  const database = await openDatabase({ url, poolSize: 2, log });
  try {
    return await checkDatabase(database, say);
  } finally {
    await database.close();
  }
}
