/** Writes a backup: the data of every table at one moment, as PostgreSQL's COPY writes it, in a ZIP with a manifest. */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { ZipFile } from 'yazl';
import { readMigrations } from '../db/migrate';
import { Encryption } from './encrypted-file';
import { dataFile, MANIFEST_FILE, newManifest, type BackupTable, type Manifest } from './manifest';
import {
  columnList,
  sourceDetails,
  sourceTables,
  tablesNotWhollyVisible,
  type SourceTable,
} from './source-tables.queries';

/** Thrown if the backup would not contain every row. */
class IncompleteBackupError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'IncompleteBackupError';
  }
}

/** A finished file. */
export interface WrittenBackup {
  readonly manifest: Manifest;
  /** Size of the file, in bytes. */
  readonly size: number;
  /** SHA-256 of the file, in hex. */
  readonly sha256: string;
}

export interface BackupOptions {
  /** The version of PosPro. */
  readonly version: string;
  /** The file to write. */
  readonly file: string;
  /** 32 bytes; undefined writes the file unencrypted. */
  readonly key: Buffer | undefined;
  readonly signal?: AbortSignal;
  /** Receives the number of finished tables. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Level 1 takes a third of the time of the default, and its file is a sixth larger. */
const COMPRESSION_LEVEL = 1;

/**
 * Writes a file with all tables. It has its name only once it is complete and on the disk.
 * @param client in the transaction of the snapshot.
 * @throws IncompleteBackupError if a row is not visible, or not in the file.
 */
export async function writeBackup(client: Client, options: BackupOptions): Promise<WrittenBackup> {
  const { file, key, signal } = options;
  const hidden = await tablesNotWhollyVisible(client);
  if (hidden.length > 0)
    throw new IncompleteBackupError(`Row-level security hides rows of ${hidden.join(', ')} from the backup.`);
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.part`;
  const zip = new ZipFile();
  const sha256 = createHash('sha256');
  const passed = new Measure(sha256);
  const sink = createWriteStream(draft, { mode: 0o600 });
  const steps = key ? [new Encryption(key), passed] : [passed];
  const abort = new AbortController();
  const stop = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal;
  try {
    const writing = pipeline([zip.outputStream as Readable, ...steps, sink], { signal: stop });
    const filling = fill(client, zip, options).catch((error: unknown) => {
      abort.abort();
      throw error;
    });
    // Either one ends the other; the error of the tables is the reason, that of the pipeline its effect.
    const [filled, written] = await Promise.allSettled([filling, writing.catch(rejectOf(zip))]);
    if (filled.status === 'rejected') throw filled.reason;
    if (written.status === 'rejected') throw written.reason;
    await sync(draft);
    await rename(draft, file);
    await sync(path.dirname(file));
    return { manifest: filled.value, size: passed.bytes, sha256: sha256.digest('hex') };
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Ends the waiting tables if the file cannot be written. */
function rejectOf(zip: ZipFile): (error: unknown) => never {
  return (error) => {
    zip.emit('error', error);
    throw error;
  };
}

async function fill(client: Client, zip: ZipFile, options: BackupOptions): Promise<Manifest> {
  const failed = new Promise<never>((_, reject) => zip.once('error', reject));
  // The race below reports the error.
  failed.catch(() => undefined);
  const details = await sourceDetails(client);
  const sources = await sourceTables(client);
  const tables: BackupTable[] = [];
  for (const source of sources) {
    tables.push(await Promise.race([addTable(client, zip, source), failed]));
    options.onProgress?.(tables.length, sources.length);
  }
  const migrations = readMigrations().map(({ name, checksum }) => ({ name, checksum }));
  const manifest = newManifest({ version: options.version, ...details, migrations, tables });
  zip.addBuffer(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), MANIFEST_FILE);
  zip.end();
  return manifest;
}

/** Adds the rows of a table, and compares their number with count(*). */
async function addTable(client: Client, zip: ZipFile, { name, columns }: SourceTable): Promise<BackupTable> {
  const table = client.escapeIdentifier(name);
  const sha256 = createHash('sha256');
  const passed = new Measure(sha256);
  const rows = await new Promise<number>((resolve, reject) => {
    const copy = client.query(copyTo(`copy (select ${columnList(client, columns)} from ${table}) to stdout`));
    pipeline(copy, passed).then(() => resolve(copy.rowCount), reject);
    zip.addReadStreamLazy(dataFile(name), { compressionLevel: COMPRESSION_LEVEL }, (give) =>
      give(null, passed),
    );
  });
  const counted = await client.query<{ count: string }>(`select count(*) from ${table}`);
  if (Number(counted.rows[0]!.count) !== rows)
    throw new IncompleteBackupError(
      `${name} has ${counted.rows[0]!.count} rows, but ${rows} are in the file.`,
    );
  return { name, columns: [...columns], rows, bytes: passed.bytes, sha256: sha256.digest('hex') };
}

/** Passes bytes on, counted and hashed. */
export class Measure extends Transform {
  bytes = 0;

  constructor(private readonly hash: Hash) {
    super();
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.bytes += data.length;
    this.hash.update(data);
    done(null, data);
  }
}

/** Waits until a file, or the names in a folder, are on the disk. */
async function sync(place: string): Promise<void> {
  const handle = await open(place);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
