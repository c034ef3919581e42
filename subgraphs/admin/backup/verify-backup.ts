/** Verifies the file of a backup. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { UnreadableBackupError } from '#kernel/backup/encrypted-file';
import { verifyBackupFile } from '#kernel/backup/read-backup';
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import type { BackupRow } from '../tables.generated';
import { withBackupFile } from './backup-store';
import { findBackup } from './backups.queries';

/** Result of a verification. */
export interface BackupCheck {
  readonly valid: boolean;
  readonly error: string | null;
  readonly tables: number | null;
  readonly rows: number | null;
}

/** Reads the file of a backup to its end. @throws PosProError 404; 409 for a running one. */
export async function verifyBackup(ctx: RequestContext, id: string): Promise<BackupCheck> {
  const backup = await findBackup(ctx, id);
  if (backup.status === 'running')
    throw new PosProError('ILLEGAL_STATE', 'The backup is running. Verify it once it has ended.');
  const check = await checkFile(ctx, backup);
  await transact(ctx, async (tx) => {
    const verifiedAt = check.valid ? tx.now : null;
    await tx.prisma.backup.updateMany({ where: { id: backup.id }, data: { verifiedAt } });
  });
  return check;
}

async function checkFile({ config, log }: RequestContext, backup: BackupRow): Promise<BackupCheck> {
  if (backup.status === 'failed')
    return invalidFile(`The backup failed: ${backup.error ?? 'unknown reason'}`);
  try {
    return await withBackupFile(config, backup, async (file) => {
      if ((await hashOf(file)) !== backup.sha256)
        return invalidFile('The SHA-256 of the file is another one: the file was altered or cut off.');
      const { tables } = await verifyBackupFile(file, config.backup.key);
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      return { valid: true, error: null, tables: tables.length, rows };
    });
  } catch (error) {
    log.warn({ err: error, backupId: backup.id }, 'a backup is not as it was written');
    if (error instanceof UnreadableBackupError) return invalidFile(error.message);
    throw error;
  }
}

function invalidFile(error: string): BackupCheck {
  return { valid: false, error, tables: null, rows: null };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
