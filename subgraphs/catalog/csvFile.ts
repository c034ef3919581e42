/** Uploads of rows: put on disk first, so that the client's connection does not wait for the database, then read row by row; XLSX is read in xlsxFile.ts. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable, pipeline as connect } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CsvError, parse } from 'csv-parse';
import { PosProError, invalid } from '../../kernel/errors';
import type { UploadedFile } from '../../kernel/graph/upload';
import { cellsOf, readHeader, type ImportHeader, type NumberedRow } from './importColumns';

/** An upload on disk, with what was learnt about it on its way. */
export interface SpooledFile {
  readonly file: string;
  /** SHA-256 in hex: tells whether a retry sends the same file. */
  readonly hash: string;
  /** By its first bytes, whatever its name and label say. */
  readonly format: 'csv' | 'xlsx';
  readonly encoding: Encoding;
  /** Lines that are not blank and not inside quotes, the header left out: how many rows there will be, more or less. */
  readonly estimatedRows: number;
  readonly remove: () => Promise<void>;
}

type Encoding = 'utf-8' | 'utf-16le' | 'windows-1252';

const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Types under which browsers and scripts send such files; Windows says "vnd.ms-excel" for CSV. */
const FILE_TYPES: ReadonlySet<string> = new Set([
  '', 'text/csv', 'application/csv', 'text/plain', 'text/tab-separated-values', 'text/comma-separated-values',
  'application/vnd.ms-excel', 'application/octet-stream', 'application/zip', 'application/x-zip-compressed',
  XLSX_TYPE,
]); // prettier-ignore

/**
 * Writes an upload to a temporary file.
 * @throws PosProError UNSUPPORTED_MEDIA_TYPE for what is neither CSV nor XLSX, PAYLOAD_TOO_LARGE from the stream itself.
 */
export async function spool(upload: UploadedFile): Promise<SpooledFile> {
  if (!FILE_TYPES.has(upload.contentType)) {
    // The rest must be read all the same, or a multipart request would never come to its end.
    upload.stream.resume();
    throw notATable();
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pospro-import-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const file = path.join(folder, 'upload');
  const inspector = new Inspector();
  try {
    await pipeline(upload.stream, (chunks: AsyncIterable<Buffer>) => inspector.passOn(chunks), createWriteStream(file));
  } catch (error) {
    await remove();
    throw error;
  }
  const findings = inspector.findings();
  if (inspector.isOldExcel || (upload.contentType === XLSX_TYPE && findings.format !== 'xlsx')) {
    await remove();
    throw notATable();
  }
  return { file, ...findings, remove };
}

function notATable(): PosProError {
  return new PosProError(
    'UNSUPPORTED_MEDIA_TYPE',
    'Send the file as CSV (text/csv) or XLSX, or the items as JSON; Excel can save older files as either.',
  );
}

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const BLANK = 0x20;

/** Looks at the bytes as they pass. */
class Inspector {
  isOldExcel = false;
  private isArchive = false;
  private readonly hash: Hash = createHash('sha256');
  private readonly decoder = new TextDecoder('utf-8', { fatal: true });
  private encoding: Encoding = 'utf-8';
  private first = true;
  private lines = 0;
  private quoted = false;
  private blank = true;

  async *passOn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      if (this.first) this.lookAtStart(chunk);
      this.hash.update(chunk);
      if (!this.isArchive) {
        this.countLines(chunk);
        this.checkUtf8(chunk, true);
      }
      yield chunk;
    }
    if (!this.isArchive) this.checkUtf8(Buffer.alloc(0), false);
  }

  findings(): Omit<SpooledFile, 'file' | 'remove'> {
    const lines = this.lines + (this.blank ? 0 : 1);
    const format = this.isArchive ? 'xlsx' : 'csv';
    return { hash: this.hash.digest('hex'), format, encoding: this.encoding, estimatedRows: Math.max(0, lines - 1) };
  }

  private lookAtStart(chunk: Buffer): void {
    this.first = false;
    // XLSX, like every ZIP file, begins with PK; an old XLS with D0 CF.
    this.isArchive = chunk.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'));
    this.isOldExcel = chunk.subarray(0, 2).equals(Buffer.from([0xd0, 0xcf]));
    if (chunk[0] === 0xff && chunk[1] === 0xfe) this.encoding = 'utf-16le';
  }

  private countLines(chunk: Buffer): void {
    for (const byte of chunk) {
      if (byte === QUOTE) this.quoted = !this.quoted;
      if (byte > BLANK) this.blank = false;
      if (byte !== LINE_FEED || this.quoted) continue;
      if (!this.blank) this.lines += 1;
      this.blank = true;
    }
  }

  /** What is no UTF-8 was written by an older Excel, in its Western code page. */
  private checkUtf8(chunk: Buffer, stream: boolean): void {
    if (this.encoding !== 'utf-8') return;
    try {
      this.decoder.decode(chunk, { stream });
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
      this.encoding = 'windows-1252';
    }
  }
}

/** A file of rows that was opened: its header is read, its rows wait. */
export interface RowsOfFile {
  readonly header: ImportHeader;
  /** Whether amounts may have a decimal comma: so it is where cells are separated by semicolons. */
  readonly decimalComma: boolean;
  readonly rows: AsyncIterable<NumberedRow>;
  /** Lets go of the file, whether its rows were read or not. */
  readonly close: () => void;
}

/** A file whose cells go beyond this has a quote that was never closed. */
const MAX_RECORD_CHARACTERS = 131_072;

interface CsvRecord {
  record: string[];
  info: { records: number; empty_lines: number };
}

/**
 * Opens a spooled file and reads its header row.
 * @throws PosProError 422 where there is no header that names at least one known column.
 */
export async function openCsv(spooled: SpooledFile): Promise<RowsOfFile> {
  const delimiter = await delimiterOf(spooled);
  const bytes = createReadStream(spooled.file);
  const text = Readable.from(decoded(bytes, spooled.encoding));
  const parser = parse({
    delimiter,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_CHARACTERS,
  });
  // An error of the file destroys the parser, and so comes out of the loop over its records.
  connect(text, parser, () => undefined);
  const close = () => {
    parser.destroy();
    bytes.destroy();
  };
  const records = (parser as AsyncIterable<CsvRecord, undefined>)[Symbol.asyncIterator]();
  const first = await nextOf(records, 1);
  const header = first.done ? undefined : readHeader(first.value.record);
  if (!header?.columns.some((column) => column !== undefined)) {
    close();
    throw invalid('file', 'The first row must name the columns: sku, barcode, name, price, …', 'HEADER');
  }
  return { header, decimalComma: delimiter === ';', rows: numbered(records, header), close };
}

async function* decoded(chunks: AsyncIterable<Buffer>, encoding: Encoding): AsyncGenerator<string> {
  // It leaves out a byte order mark.
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** Rows as a spreadsheet counts them: blank lines count, and a cell with line breaks is one row. */
async function* numbered(records: AsyncIterator<CsvRecord, undefined>, header: ImportHeader): AsyncGenerator<NumberedRow> {
  let row = 1;
  for (;;) {
    const next = await nextOf(records, row + 1);
    if (next.done) return;
    const { record, info } = next.value;
    row = info.records + info.empty_lines;
    if (record.every((cell) => cell.trim() === '')) continue;
    yield { row, ...cellsOf(header, record) };
  }
}

async function nextOf(records: AsyncIterator<CsvRecord, undefined>, row: number): Promise<IteratorResult<CsvRecord, undefined>> {
  try {
    return await records.next();
  } catch (error) {
    throw explained(error, row);
  }
}

/**
 * What the parser says, for the caller.
 * @param row the first that was not taken; the parser reads ahead, so the faulty one may stand further down.
 */
function explained(error: unknown, row: number): unknown {
  if (!(error instanceof CsvError)) return error;
  const { records, empty_lines: blank } = error as unknown as CsvRecord['info'];
  const reason = /QUOTE|MAX_RECORD/.test(error.code) ? 'a quote is not closed' : 'there is no valid CSV';
  return invalid('file', `Rows from ${row} on were not taken: in row ${records + blank + 1} ${reason}.`, 'CSV');
}

const DELIMITERS = [',', ';', '\t', '|'];

/** The sign that stands most often in the first line, outside of quotes. */
async function delimiterOf(spooled: SpooledFile): Promise<string> {
  const handle = await open(spooled.file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(65_536), 0, 65_536, 0);
    const start = new TextDecoder(spooled.encoding).decode(buffer.subarray(0, bytesRead));
    const line = start.trimStart().replace(/"[^"]*"/g, '').split(/\r?\n/, 1)[0]!; // prettier-ignore
    const counts = DELIMITERS.map((sign) => line.split(sign).length);
    return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
  } finally {
    await handle.close();
  }
}
