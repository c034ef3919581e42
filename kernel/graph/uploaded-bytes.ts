/** The bytes of an uploaded file that is small enough to be read into memory. */
import { PosProError, invalid } from '../errors';
import type { UploadedFile } from './upload';

/** A file, or its bytes as base64. */
export interface UploadedBytes {
  readonly file?: UploadedFile | null;
  /** With or without a `data:…;base64,` prefix. */
  readonly data?: string | null;
}

/**
 * The bytes of an upload.
 * @param what the file, for people: "An image".
 * @throws PosProError 413 above the maximum; 422 for none, and for invalid base64.
 */
export async function uploadedBytes(
  { file, data }: UploadedBytes,
  maxBytes: number,
  what: string,
): Promise<Buffer> {
  if (file) return streamedBytes(file, maxBytes, what);
  const text = (data ?? '').replace(/^data:[\w/+.-]*;base64,/, '').replace(/\s/g, '');
  if (text === '') throw invalid('data', 'Send a file, or its bytes as base64 in "data".', 'REQUIRED');
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) throw invalid('data', 'Is not base64.', 'BASE64');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length > maxBytes) throw tooLarge(what, maxBytes);
  return bytes;
}

async function streamedBytes(file: UploadedFile, maxBytes: number, what: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of file.stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Read to the end, because a multipart request would otherwise never finish; but keep no more.
    if (size <= maxBytes) chunks.push(chunk);
  }
  if (size > maxBytes) throw tooLarge(what, maxBytes);
  if (size === 0) throw invalid('file', 'The file is empty.', 'REQUIRED');
  return Buffer.concat(chunks);
}

function tooLarge(what: string, maxBytes: number): PosProError {
  return new PosProError('PAYLOAD_TOO_LARGE', `${what} must have at most ${maxBytes} bytes.`);
}
