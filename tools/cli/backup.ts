/** `pospro backup` and `pospro restore`: backups of the whole database, without the API. */
import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { version } from '../../package.json';
import { openBackup, verifyBackupFile } from '#kernel/backup/read-backup';
import { UnreadableBackupError } from '#kernel/backup/encrypted-file';
import { writeBackup } from '#kernel/backup/write-backup';
import { readConfig, type Config } from '#kernel/config';
import { openDatabase } from '#kernel/db/open-database';
import {
  backupBucket,
  backupFolder,
  newFileName,
  restoreDatabase,
  storeBackup,
  withBackupFile,
} from '#subgraphs/admin/index';
import { say } from '../run-tool';
import type { Arguments } from './command';
import { withDatabase } from './database';
import { commandLog } from './services';

const EXIT_BROKEN = 1;

/** Work with a readable backup. @returns the exit code: 1 for a file that is damaged, or encrypted under another key. */
async function reading(work: () => Promise<number | void>): Promise<number> {
  try {
    return (await work()) ?? 0;
  } catch (error) {
    if (!(error instanceof UnreadableBackupError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT_BROKEN;
  }
}

/** Backs up the database into DATA_DIR/backups, or into the bucket of BACKUP_URL. */
export async function createBackup(): Promise<void> {
  const config = readConfig(process.env);
  const log = commandLog();
  const { key } = config.backup;
  await withDatabase(config, log, async (url) => {
    const database = await openDatabase({ url, poolSize: 2, log });
    try {
      const name = newFileName(new Date(), randomUUID(), key !== undefined);
      const file = path.join(backupFolder(config.dataDir), name);
      const { manifest, size, sha256 } = await database.snapshot((client) =>
        writeBackup(client, { version, file, key }),
      );
      const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
      const location = await storeBackup(config, name);
      say(
        `${location === 's3' ? name : file}: ${manifest.tables.length} tables, ${rows} rows, ${size} bytes, SHA-256 ${sha256}`,
      );
    } finally {
      await database.close();
    }
  });
}

/** Lists the files of the folder and of the bucket. */
export async function listBackups(): Promise<void> {
  const config = readConfig(process.env);
  const folder = backupFolder(config.dataDir);
  const names = (await readdir(folder).catch(() => [])).filter((name) => /\.zip(\.enc)?$/.test(name)).sort();
  for (const name of names) say(`${name}: ${await describe(path.join(folder, name), config)}`);
  const stored = await namesInBucket(config);
  for (const name of stored) say(`${name}: in the bucket`);
  if (names.length + stored.length === 0) say(`There are no backups in ${folder}.`);
}

/** The names of the files in the bucket, the oldest first. */
async function namesInBucket(config: Config): Promise<string[]> {
  const names: string[] = [];
  const bucket = await backupBucket(config);
  if (bucket) for await (const { key } of bucket.list('')) names.push(key);
  return names.filter(isBackupName).sort();
}

function isBackupName(name: string): boolean {
  return /^pospro-[\w-]+\.zip(\.enc)?$/.test(name);
}

/** Works with a file that is named by its path, or by its name in the folder or in the bucket. */
async function withNamedFile<Result>(
  config: Config,
  name: string,
  work: (file: string) => Promise<Result>,
): Promise<Result> {
  if (name.includes(path.sep)) return work(name);
  const isLocal = (await readdir(backupFolder(config.dataDir)).catch(() => [] as string[])).includes(name);
  const location = isLocal || config.backup.url === undefined ? 'disk' : 's3';
  return withBackupFile(config, { fileName: name, location }, work);
}

async function describe(file: string, config: Config): Promise<string> {
  const { size } = await stat(file);
  try {
    const backup = await openBackup(file, config.backup.key);
    await backup.close();
    const { createdAt, tables, version: from } = backup.manifest;
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    return `${createdAt}, PosPro ${from}, ${tables.length} tables, ${rows} rows, ${size} bytes`;
  } catch (error) {
    if (error instanceof UnreadableBackupError) return `${size} bytes. ${error.message}`;
    throw error;
  }
}

/** Reads a file to its end, and compares it with its manifest. */
export function verifyBackup({ positionals }: Arguments): Promise<number> {
  const [name] = positionals as [string];
  const config = readConfig(process.env);
  return reading(() =>
    withNamedFile(config, name, async (file) => {
      const { tables } = await verifyBackupFile(file, config.backup.key);
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      say(`${file} is as it was written: ${tables.length} tables, ${rows} rows.`);
    }),
  );
}

/** Restores a file into the empty database of DATABASE_URL, or of an empty DATA_DIR. @returns 1 if the restored data is not in order. */
export function restore({ positionals }: Arguments): Promise<number> {
  const [name] = positionals as [string];
  const config = readConfig(process.env);
  const log = commandLog();
  return reading(() =>
    withNamedFile(config, name, async (file) => {
      const restoring = (url: string) => restoreDatabase({ file, key: config.backup.key, url, log, say });
      const whole = await withDatabase(config, log, restoring, { alone: true });
      say(whole ? 'The backup is restored, and its data is in order.' : 'The restored data is NOT in order.');
      return whole ? 0 : EXIT_BROKEN;
    }),
  );
}
