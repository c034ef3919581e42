/** Reads multipart forms: text fields, and one file, which is passed on as a stream. */
import { Readable } from 'node:stream';
import type { Multipart, MultipartFile } from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import { PosProError } from '#kernel/errors';
import type { UploadedFile } from '#kernel/graph/upload';
import { charsetOf } from '../casing';
import { bounded, type BodyLimits } from './size-limit';
import { storableFilename } from './filename';

/** A file up to this size is read whole, so that fields may follow it, as in many HTML forms. */
const HELD_BYTES = 262_144;

type Chunks = AsyncGenerator<Buffer, void>;
type Parts = AsyncIterator<Multipart, undefined>;

/** @throws PosProError 400 for a second file or a truncated form, 413 beyond a limit. */
export async function readForm(request: FastifyRequest, limits: BodyLimits) {
  const charset = charsetOfFile(request.raw);
  const parts = request.parts({
    limits: {
      fileSize: limits.uploadLimitBytes + 1,
      fieldSize: limits.bodyLimitBytes,
      fields: 200,
      files: 2,
      parts: 202,
    },
  });
  const form = Object.create(null) as Record<string, string[]>;
  const file = await readFields(parts, form);
  if (!file) return { form };
  const { held, rest } = await hold(chunksOf(file, limits.uploadLimitBytes));
  if (!rest) {
    if (await readFields(parts, form))
      throw new PosProError('BAD_REQUEST', 'The form may have only one file.');
    return { form, upload: uploadOf(file, Readable.from(held, { objectMode: false }), charset()) };
  }
  return {
    form,
    upload: uploadOf(file, Readable.from(remainder(held, rest, parts), { objectMode: false }), charset()),
  };
}

/** Reads text fields up to the next file or the end of the form. */
async function readFields(parts: Parts, form: Record<string, string[]>): Promise<MultipartFile | undefined> {
  for (;;) {
    const next: IteratorResult<Multipart, undefined> = await parts.next().catch(refuseBroken);
    if (next.done) return undefined;
    const part = next.value;
    if (part.type === 'file') return part;
    if (part.valueTruncated || part.fieldnameTruncated) {
      throw new PosProError('PAYLOAD_TOO_LARGE', `The form's field "${part.fieldname}" is too long.`);
    }
    (form[part.fieldname] ??= []).push(String(part.value));
  }
}

/** The start of a file; `rest` is undefined if that was all of it. */
async function hold(chunks: Chunks): Promise<{ held: Buffer[]; rest: Chunks | undefined }> {
  const held: Buffer[] = [];
  let size = 0;
  while (size <= HELD_BYTES) {
    const next = await chunks.next();
    if (next.done) return { held, rest: undefined };
    held.push(next.value);
    size += next.value.length;
  }
  return { held, rest: chunks };
}

/**
 * The operation has begun by now, so fields after a large file come too late, and the stream fails rather than
 * lose them.
 */
async function* remainder(held: readonly Buffer[], rest: Chunks, parts: Parts): Chunks {
  yield* held;
  yield* rest;
  const { done } = await parts.next().catch(refuseBroken);
  if (!done)
    throw new PosProError(
      'BAD_REQUEST',
      'In a form with a large file, the other fields must come before the file.',
    );
}

async function* chunksOf({ file }: MultipartFile, limit: number): Chunks {
  try {
    yield* bounded(file, limit);
  } catch (error) {
    refuseBroken(error);
  }
}

/** The parser of forms throws plain errors; only those with a status are meant for the caller. */
function refuseBroken(error: unknown): never {
  if (error instanceof PosProError || (error instanceof Error && 'statusCode' in error)) throw error;
  throw new PosProError('BAD_REQUEST', 'The form ended early or is malformed.', { cause: error });
}

function uploadOf(file: MultipartFile, stream: Readable, charset: string | undefined): UploadedFile {
  const named = charset === undefined ? {} : { charset };
  return {
    filename: storableFilename(file.filename),
    contentType: file.mimetype.toLowerCase(),
    stream,
    ...named,
  };
}

/** The fields before a file are short, so its header comes within this size of the form. */
const HEADER_BYTES = 65_536;

/**
 * The parser of forms drops the parameters of a part's content type, so the file's charset is read from the
 * passing header.
 */
function charsetOfFile(raw: Readable): () => string | undefined {
  let head = '';
  const listen = (chunk: Buffer) => {
    head += chunk.toString('latin1');
    if (head.length > HEADER_BYTES) raw.off('data', listen);
  };
  raw.on('data', listen);
  return () => {
    raw.off('data', listen);
    const header = head
      .split('\r\n\r\n')
      .find((block) => /(^|\r\n)content-disposition:[^\r\n]*;\s*filename/i.test(block));
    return charsetOf(/(?:^|\r\n)content-type:([^\r\n]*)/i.exec(header ?? '')?.[1]).charset;
  };
}
