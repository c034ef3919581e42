/** Reads a backup: its manifest, and the data of its tables, which are compared with it. */
import { createHash } from 'node:crypto';
import { Writable, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { text } from 'node:stream/consumers';
import { fromRandomAccessReaderPromise, type Entry, type ZipFile } from 'yauzl';
import { openFile, UnreadableBackupError } from './encrypted-file';
import { dataFile, MANIFEST_FILE, readManifest, type BackupTable, type Manifest } from './manifest';
import { Measure } from './write-backup';

/** An open backup. */
export interface OpenBackup {
  readonly manifest: Manifest;
  readonly encrypted: boolean;
  /**
   * Reads a table into a sink to its end.
   * @throws UnreadableBackupError if the data is not that of the manifest. By then the sink has it, so what it wrote must be undone.
   */
  readonly readTable: (table: BackupTable, sink: Writable) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a backup. @throws UnreadableBackupError for another key, another or an altered file. */
export async function openBackup(file: string, key: Buffer | undefined): Promise<OpenBackup> {
  const { reader, size, encrypted, close } = await openFile(file, key);
  try {
    const zip = await readable(() => fromRandomAccessReaderPromise(reader, size, { autoClose: false }));
    const entries = await readable(() => entriesOf(zip));
    const stream = (name: string) => readable(() => openEntry(zip, entries, name));
    const manifest = await readable(async () => readManifest(await text(await stream(MANIFEST_FILE))));
    return {
      manifest,
      encrypted,
      close,
      readTable: async (table, sink) => {
        const sha256 = createHash('sha256');
        const passed = new Measure(sha256);
        await pipeline(await stream(dataFile(table.name)), passed, sink);
        if (sha256.digest('hex') !== table.sha256 || passed.bytes !== table.bytes)
          throw new UnreadableBackupError(`The data of ${table.name} is not as it was written.`);
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Reads a backup to its end. @throws UnreadableBackupError */
export async function verifyBackupFile(file: string, key: Buffer | undefined): Promise<Manifest> {
  const backup = await openBackup(file, key);
  try {
    for (const table of backup.manifest.tables) {
      const lines = new LineCount();
      await readable(() => backup.readTable(table, lines));
      if (lines.count !== table.rows)
        throw new UnreadableBackupError(`${table.name} has ${lines.count} rows instead of ${table.rows}.`);
    }
    return backup.manifest;
  } finally {
    await backup.close();
  }
}

const LINE_FEED = 0x0a;

/** Counts rows: COPY writes each as one line, and line feeds within values as `\n`. */
class LineCount extends Writable {
  count = 0;

  override _write(data: Buffer, _encoding: BufferEncoding, done: () => void): void {
    for (let at = data.indexOf(LINE_FEED); at !== -1; at = data.indexOf(LINE_FEED, at + 1)) this.count += 1;
    done();
  }
}

async function entriesOf(zip: ZipFile): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) entries.set(entry.fileName, entry);
  return entries;
}

function openEntry(zip: ZipFile, entries: ReadonlyMap<string, Entry>, name: string): Promise<Readable> {
  const entry = entries.get(name);
  if (!entry) throw new UnreadableBackupError(`The backup has no ${name}.`);
  return zip.openReadStreamPromise(entry);
}

/** Errors of the archive's format say that the file is not a backup, or not as it was written. */
async function readable<Result>(read: () => Promise<Result>): Promise<Result> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UnreadableBackupError) throw error;
    throw new UnreadableBackupError('The file is not a backup, or not as it was written.', error);
  }
}
