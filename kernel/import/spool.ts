/** Uploads are written to disk first, so that the client's connection does not wait for the database. */
import { createHash, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { PosProError } from '../errors';
import type { UploadedFile } from '../graph/upload';
import { XLSX_TYPE } from '../xlsx-format.rules';
import { charsetNamed, charsetOfStart } from './charset';

/** An upload on disk, with its properties. */
export interface SpooledFile {
  readonly file: string;
  /** SHA-256 in hex: shows whether a retry sends the same file. */
  readonly hash: string;
  /** In bytes. */
  readonly size: number;
  /** By its first bytes, regardless of its name and label. */
  readonly format: 'csv' | 'xlsx' | 'xml';
  readonly charset: string;
  /** Whether the character set was not named, and the bytes are not UTF-8. */
  readonly charsetGuessed: boolean;
  readonly remove: () => Promise<void>;
}

/** Content types of such files from browsers and scripts; Windows uses "vnd.ms-excel" for CSV. */
const FILE_TYPES: ReadonlySet<string> = new Set([
  '', 'text/csv', 'application/csv', 'text/plain', 'text/tab-separated-values', 'text/comma-separated-values',
  'application/vnd.ms-excel', 'application/octet-stream', 'application/zip', 'application/x-zip-compressed',
  XLSX_TYPE,
]); // prettier-ignore
/** Content types of XML, for imports that read it. */
const XML_TYPES: ReadonlySet<string> = new Set([
  'text/xml', 'application/xml', 'application/xliff+xml', 'application/x-xliff+xml',
]); // prettier-ignore

/**
 * Writes an upload to a temporary file.
 * @param xml whether the import reads XML as well; otherwise a file that begins like XML is read as CSV.
 * @throws PosProError UNSUPPORTED_MEDIA_TYPE for a file that is neither CSV nor XLSX, and for an unknown
 * charset; PAYLOAD_TOO_LARGE from the stream itself.
 */
export async function spool(upload: UploadedFile, xml = false): Promise<SpooledFile> {
  // A rejected file must be read anyway, or a multipart request would never end.
  const refuse = (error: unknown): never => {
    upload.stream.resume();
    throw error;
  };
  if (!FILE_TYPES.has(upload.contentType) && !(xml && XML_TYPES.has(upload.contentType))) refuse(notATable());
  let declared: string | undefined;
  try {
    declared = upload.charset === undefined ? undefined : charsetNamed(upload.charset);
  } catch (error) {
    refuse(error);
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pospro-import-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  const file = path.join(folder, 'upload');
  const inspector = new Inspector(declared, xml);
  try {
    await pipeline(
      upload.stream,
      (chunks: AsyncIterable<Buffer>) => inspector.passOn(chunks),
      createWriteStream(file),
    );
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
    'Send the file as CSV (text/csv) or XLSX, or the items as JSON; Excel can save older files, and those with a password, as either.',
  );
}

/** Inspects the passing bytes. */
class Inspector {
  isOldExcel = false;
  private isArchive = false;
  private isXml = false;
  private readonly hash: Hash = createHash('sha256');
  private readonly utf8 = new TextDecoder('utf-8', { fatal: true });
  /** A byte order mark is part of the file, so it overrides the label. */
  private marked: string | undefined;
  private isUtf8 = true;
  private first = true;
  private size = 0;

  constructor(
    private readonly declared: string | undefined,
    private readonly readsXml: boolean,
  ) {}

  async *passOn(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      if (this.first) this.lookAtStart(chunk);
      this.size += chunk.length;
      this.hash.update(chunk);
      this.checkUtf8(chunk, true);
      yield chunk;
    }
    this.checkUtf8(Buffer.alloc(0), false);
  }

  findings(): Omit<SpooledFile, 'file' | 'remove'> {
    const known = this.marked ?? this.declared ?? (this.isUtf8 ? 'utf-8' : undefined);
    const text = this.isXml ? 'xml' : 'csv';
    return {
      hash: this.hash.digest('hex'),
      size: this.size,
      format: this.isArchive ? 'xlsx' : text,
      // An older Excel writes its Western code page without a label.
      charset: known ?? 'windows-1252',
      charsetGuessed: known === undefined && !this.isArchive,
    };
  }

  private lookAtStart(chunk: Buffer): void {
    this.first = false;
    // XLSX, like every ZIP file, begins with PK; an old or encrypted XLS with D0 CF.
    this.isArchive = chunk.subarray(0, 4).equals(Buffer.from('PK\u0003\u0004'));
    this.isOldExcel = chunk.subarray(0, 2).equals(Buffer.from([0xd0, 0xcf]));
    this.marked = charsetOfStart(chunk);
    this.isXml = this.readsXml && /^[\ufeff\s\0\ufffd]*</.test(chunk.toString('utf8', 0, 64));
  }

  private checkUtf8(chunk: Buffer, stream: boolean): void {
    if (!this.isUtf8 || this.isArchive || (this.marked ?? this.declared) !== undefined) return;
    try {
      this.utf8.decode(chunk, { stream });
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
      this.isUtf8 = false;
    }
  }
}
