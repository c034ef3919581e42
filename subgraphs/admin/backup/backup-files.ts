/** The folder of backups. */
import { mkdir, readdir, rm, statfs } from 'node:fs/promises';
import path from 'node:path';
import type { Config } from '#kernel/config';
import { PosProError } from '#kernel/errors';

const RETRY_AFTER_SECONDS = 600;

/** The file of a backup on this server. */
export function backupFile({ dataDir }: Config, fileName: string): string {
  return path.join(backupFolder(dataDir), fileName);
}

export function backupFolder(dataDir: string): string {
  return path.join(dataDir, 'backups');
}

/** Name of a new file; the id at its end makes it unique, the moment sorts it. */
export function newFileName(at: Date, id: string, encrypted: boolean): string {
  const moment = at.toISOString().replace(/[-:]|\.\d+/g, '');
  return `pospro-${moment}-${id.slice(-8)}.${encrypted ? 'zip.enc' : 'zip'}`;
}

/** Removes drafts of processes that died. Only the holder of the lock of backups may. */
export async function removeDrafts({ dataDir }: Config): Promise<void> {
  const folder = backupFolder(dataDir);
  const names = await readdir(folder).catch(() => [] as string[]);
  for (const name of names) if (name.endsWith('.part')) await rm(path.join(folder, name), { force: true });
}

/** @throws PosProError UNAVAILABLE if too little of the disk is free: a full disk would also stop the database. */
export async function assertFreeSpace({ dataDir, backup }: Config): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const { bavail, blocks } = await statfs(dataDir);
  const freePercent = (bavail / blocks) * 100;
  if (freePercent >= backup.minFreePercent) return;
  throw new PosProError(
    'UNAVAILABLE',
    `Only ${freePercent.toFixed(1)} % of the disk is free; a backup needs ${backup.minFreePercent} %. Delete old backups, or enlarge the disk.`,
    { retryAfter: RETRY_AFTER_SECONDS },
  );
}
