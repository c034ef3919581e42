/** Functions of the administration for other code: the command for backups. */
export { backupFolder, newFileName } from './backup/backup-files';
export { restoreDatabase } from './backup/restore';
