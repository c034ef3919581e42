/** Where the files of backups are: in the folder of the server, or in the bucket of BACKUP_URL. */
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Config } from '#kernel/config';
import type { Storage, StoredFile } from '#kernel/storage/storage';
import { UnreadableBackupError } from '#kernel/backup/encrypted-file';
import type { BackupRow } from '../tables.generated';
import { backupFile } from './backup-files';

/** The file of a backup. */
export type StoredBackup = Pick<BackupRow, 'fileName' | 'location'>;

const CONTENT_TYPE = 'application/octet-stream';
const buckets = new WeakMap<Config, Promise<Storage>>();

/** The bucket of backups; undefined without BACKUP_URL. */
export async function backupBucket(config: Config): Promise<Storage | undefined> {
  const { url } = config.backup;
  if (url === undefined) return undefined;
  let bucket = buckets.get(config);
  if (!bucket) {
    // The SDK is one of the largest packages, so only a process that uses it loads it.
    bucket = import('#kernel/storage/s3').then(({ s3Storage }) => s3Storage(url));
    buckets.set(config, bucket);
  }
  return bucket;
}

/** Moves a finished file of this server to the bucket, if there is one. @returns where the file is. */
export async function storeBackup(config: Config, fileName: string): Promise<BackupRow['location']> {
  const bucket = await backupBucket(config);
  if (!bucket) return 'disk';
  const file = backupFile(config, fileName);
  await bucket.putFile(fileName, file, CONTENT_TYPE);
  await rm(file, { force: true });
  return 's3';
}

/** The bytes of a backup; undefined if its file is missing. */
export async function readBackup(
  config: Config,
  { fileName, location }: StoredBackup,
): Promise<StoredFile | undefined> {
  if (location === 's3') return (await backupBucket(config))?.get(fileName);
  const file = backupFile(config, fileName);
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() ? { stream: createReadStream(file), size: stats.size } : undefined;
}

/** Removes the file of a backup; a missing one is ignored. */
export async function removeBackup(config: Config, { fileName, location }: StoredBackup): Promise<void> {
  if (location === 's3') await (await backupBucket(config))?.remove([fileName]);
  else await rm(backupFile(config, fileName), { force: true });
}

/**
 * Works with the file of a backup on this server; one of the bucket is fetched, and removed afterwards.
 * @throws UnreadableBackupError if the file is missing.
 */
export async function withBackupFile<Result>(
  config: Config,
  backup: StoredBackup,
  work: (file: string) => Promise<Result>,
): Promise<Result> {
  if (backup.location === 'disk') {
    const file = backupFile(config, backup.fileName);
    await access(file).catch(() => {
      throw new UnreadableBackupError('The file is not on this server.');
    });
    return work(file);
  }
  const stored = await readBackup(config, backup);
  if (!stored) throw new UnreadableBackupError('The file is not in the bucket of BACKUP_URL.');
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pospro-backup-'));
  try {
    const file = path.join(folder, backup.fileName);
    await pipeline(stored.stream, createWriteStream(file, { mode: 0o600 }));
    return await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
