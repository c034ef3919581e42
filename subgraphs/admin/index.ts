/** Functions of the administration for other code: the command for backups. */
export { backupFolder, newFileName } from './backup/backup-files';
export { backupBucket, storeBackup, withBackupFile } from './backup/backup-store';
export { restoreDatabase } from './backup/restore';
