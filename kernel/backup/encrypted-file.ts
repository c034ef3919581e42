/**
 * Encryption of a file that may be larger than the memory and is read at any place: AES-256-GCM over chunks, as in age's STREAM. Each file has a
 * key of its own, derived from the given one and a random salt. The number of a chunk is its nonce, and the last one is marked, so that
 * chunks can be neither exchanged nor cut off.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable, Transform, type TransformCallback } from 'node:stream';
import { RandomAccessReader } from 'yauzl';

const MAGIC = Buffer.from('POSPROA1');
const SALT_BYTES = 16;
const HEADER_BYTES = MAGIC.length + SALT_BYTES;
const CHUNK_BYTES = 65_536;
const TAG_BYTES = 16;
const SEALED_BYTES = CHUNK_BYTES + TAG_BYTES;

/** Thrown for a file that cannot be read: another key, an altered or a truncated file. */
export class UnreadableBackupError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'UnreadableBackupError';
  }
}

function keyOfFile(key: Buffer, salt: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, salt, 'pospro backup', 32));
}

function nonceOf(index: number, last: boolean): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeBigUInt64BE(BigInt(index), 3);
  nonce.writeUInt8(last ? 1 : 0, 11);
  return nonce;
}

/** Encrypts what is written to it. @param key of 32 bytes. */
export class Encryption extends Transform {
  private readonly salt = randomBytes(SALT_BYTES);
  private readonly key: Buffer;
  private waiting: Buffer[] = [];
  private waitingBytes = 0;
  private index = 0;

  constructor(key: Buffer) {
    super();
    this.key = keyOfFile(key, this.salt);
    this.push(Buffer.concat([MAGIC, this.salt]));
  }

  override _transform(data: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.waiting.push(data);
    this.waitingBytes += data.length;
    // A whole chunk waits until more follows: it may be the last one.
    if (this.waitingBytes > CHUNK_BYTES) {
      const bytes = Buffer.concat(this.waiting);
      let start = 0;
      for (; bytes.length - start > CHUNK_BYTES; start += CHUNK_BYTES)
        this.seal(bytes.subarray(start, start + CHUNK_BYTES), false);
      this.waiting = [bytes.subarray(start)];
      this.waitingBytes = bytes.length - start;
    }
    done();
  }

  override _flush(done: TransformCallback): void {
    this.seal(Buffer.concat(this.waiting), true);
    done();
  }

  private seal(chunk: Buffer, last: boolean): void {
    const cipher = createCipheriv('aes-256-gcm', this.key, nonceOf(this.index, last));
    this.index += 1;
    this.push(Buffer.concat([cipher.update(chunk), cipher.final(), cipher.getAuthTag()]));
  }
}

/** An open file for a ZIP reader, decrypted if it is encrypted. */
export interface OpenFile {
  readonly reader: RandomAccessReader;
  /** Size of the plain content, in bytes. */
  readonly size: number;
  readonly encrypted: boolean;
  readonly close: () => Promise<void>;
}

/** Opens a file. @throws UnreadableBackupError for an encrypted one without a key. */
export async function openFile(path: string, key: Buffer | undefined): Promise<OpenFile> {
  const handle = await open(path);
  try {
    const { size } = await handle.stat();
    const header = Buffer.alloc(HEADER_BYTES);
    await handle.read(header, 0, HEADER_BYTES, 0);
    const encrypted = header.subarray(0, MAGIC.length).equals(MAGIC);
    const close = () => handle.close();
    if (!encrypted) return { reader: new PlainReader(handle), size, encrypted, close };
    if (!key) throw new UnreadableBackupError('The backup is encrypted: set BACKUP_KEY to its key.');
    const content = size - HEADER_BYTES;
    const chunks = Math.ceil(content / SEALED_BYTES);
    const reader = new DecryptingReader(handle, keyOfFile(key, header.subarray(MAGIC.length)), chunks);
    return { reader, size: content - chunks * TAG_BYTES, encrypted, close };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

class PlainReader extends RandomAccessReader {
  constructor(private readonly handle: FileHandle) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.pieces(start, end), { objectMode: false });
  }

  private async *pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end; at += CHUNK_BYTES)
      yield await readAt(this.handle, at, Math.min(CHUNK_BYTES, end - at));
  }
}

class DecryptingReader extends RandomAccessReader {
  constructor(
    private readonly handle: FileHandle,
    private readonly key: Buffer,
    private readonly chunks: number,
  ) {
    super();
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.pieces(start, end), { objectMode: false });
  }

  private async *pieces(start: number, end: number): AsyncGenerator<Buffer> {
    for (let index = Math.floor(start / CHUNK_BYTES); index * CHUNK_BYTES < end; index += 1) {
      const first = index * CHUNK_BYTES;
      const chunk = await this.open(index);
      yield chunk.subarray(Math.max(0, start - first), end - first);
    }
  }

  private async open(index: number): Promise<Buffer> {
    const sealed = await readAt(this.handle, HEADER_BYTES + index * SEALED_BYTES, SEALED_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', this.key, nonceOf(index, index === this.chunks - 1));
    try {
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    } catch (error) {
      throw new UnreadableBackupError(
        'The backup cannot be decrypted: BACKUP_KEY is another key, or the file was altered or cut off.',
        error,
      );
    }
  }
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
