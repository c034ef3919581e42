/**
 * `npm run backup -- create | list | verify <file> | restore <file>`: backups of the whole database, without the platform. Exits with 0,
 * with 1 for a file or restored data that is not in order, and with 2 if the command could not run.
 */
import '#gateway/environment';
import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { pino } from 'pino';
import { version } from '../package.json';
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
import { EXIT_FAILED, runTool, say } from './run-tool';
import { withDatabase } from './with-database';

const EXIT_BROKEN = 1;

const USAGE = `Usage:
  npm run backup -- create            backs up the database into DATA_DIR/backups, or into the bucket of BACKUP_URL
  npm run backup -- list              lists the files of both
  npm run backup -- verify <file>     reads a file to its end and compares it with its manifest
  npm run backup -- restore <file>    restores a file into the empty database of DATABASE_URL, or an empty DATA_DIR
A file is a path, or a name in DATA_DIR/backups or in the bucket of BACKUP_URL. BACKUP_KEY encrypts and decrypts.`;

const log = pino({ level: 'warn' });

async function create(config: Config): Promise<void> {
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

async function list(config: Config): Promise<void> {
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

async function verify(config: Config, file: string): Promise<void> {
  const { tables } = await verifyBackupFile(file, config.backup.key);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  say(`${file} is as it was written: ${tables.length} tables, ${rows} rows.`);
}

async function restore(config: Config, file: string): Promise<void> {
  const whole = await withDatabase(config, log, (url) =>
    restoreDatabase({ file, key: config.backup.key, url, log, say }),
  );
  say(whole ? 'The backup is restored, and its data is in order.' : 'The restored data is NOT in order.');
  if (!whole) process.exitCode = EXIT_BROKEN;
}

async function main(): Promise<void> {
  const [command, name] = process.argv.slice(2);
  const config = readConfig(process.env);
  if (command === 'create') await create(config);
  else if (command === 'list') await list(config);
  else if (command === 'verify' && name) await withNamedFile(config, name, (file) => verify(config, file));
  else if (command === 'restore' && name) await withNamedFile(config, name, (file) => restore(config, file));
  else {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = EXIT_FAILED;
  }
}

runTool(main, {
  whileRunning: 'While the platform runs, ask it: POST /api/v1/admin/backup/database.',
  exitCodeOf: (error) => (error instanceof UnreadableBackupError ? EXIT_BROKEN : EXIT_FAILED),
});
