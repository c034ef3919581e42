/**
 * Reads request bodies: JSON with any label, multipart forms, and raw files. Nothing is read before it is
 * requested.
 */
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { PosProError } from '#kernel/errors';
import type { UploadedFile } from '#kernel/graph/upload';
import { decodeUtf8 } from '#kernel/utf8.rules';
import { charsetOf } from '../casing';
import { bounded, tooLarge, type BodyLimits } from './size-limit';
import { readForm } from './form';
import { storableFilename } from './filename';
import { isPlainObject } from './readers';

export interface ReadBody {
  readonly body?: Record<string, unknown>;
  readonly form?: Record<string, string[]>;
  readonly upload?: UploadedFile;
}

const JSON_LABEL = /^(application\/(json|[\w.+-]+\+json)|text\/(plain|json)|)$/;
/** The default content type of curl; the first character distinguishes JSON from a real form. */
const FORM_LABEL = 'application/x-www-form-urlencoded';
/**
 * Content types that are certainly not JSON. Everything else is read as JSON: clients mislabel it more often
 * than they send something else.
 */
const OTHER_LABEL =
  /^(multipart\/|application\/(xml|[\w.+-]+\+xml|csv|pdf|zip|vnd\.)|text\/(csv|xml|html)|image\/|audio\/|video\/)/;

/**
 * @param takesUpload whether the operation accepts a file; then multipart and raw bodies are read, too.
 * @throws PosProError 400 for malformed JSON, 413 beyond the limit, 415 for an unsupported content type.
 */
export async function readBody(
  request: FastifyRequest,
  takesUpload: boolean,
  limits: BodyLimits,
): Promise<ReadBody> {
  const { headers } = request;
  if (headers['transfer-encoding'] === undefined && Number(headers['content-length'] ?? 0) === 0) return {};
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity')
    throw unsupported(`The content encoding ${encoding} is not read here.`);
  const label = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  const kind = kindOf(label, takesUpload);
  if (kind === 'other') {
    const more = takesUpload ? ', multipart/form-data or the file itself' : '';
    throw unsupported(`${label} is not read here; send application/json${more}.`);
  }
  if (kind !== 'json') {
    refuseLength(request, limits.uploadLimitBytes);
    if (kind === 'form') return readForm(request, limits);
    const stream = Readable.from(bounded(request.raw, limits.uploadLimitBytes), { objectMode: false });
    const filename = storableFilename(filenameOf(headers['content-disposition']));
    return { upload: { filename, contentType: label, stream, ...charsetOf(headers['content-type']) } };
  }
  refuseLength(request, limits.bodyLimitBytes);
  const chunks: Buffer[] = [];
  for await (const chunk of bounded(request.raw, limits.bodyLimitBytes)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  if (label === FORM_LABEL && !/^\s*\{/.test(bytes.toString('latin1')))
    throw unsupported('Forms are not read here; send application/json.');
  return { body: parseBody(bytes) };
}

function kindOf(label: string, takesUpload: boolean): 'json' | 'form' | 'file' | 'other' {
  if (JSON_LABEL.test(label) || label === FORM_LABEL) return 'json';
  if (!takesUpload) return OTHER_LABEL.test(label) ? 'other' : 'json';
  if (label === 'multipart/form-data') return 'form';
  return label.startsWith('multipart/') ? 'other' : 'file';
}

function parseBody(bytes: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    const text = decodeUtf8(bytes);
    if (text.trim() === '') return {};
    value = JSON.parse(text);
  } catch (cause) {
    throw new PosProError('BAD_REQUEST', 'The body is not valid JSON in UTF-8.', { cause });
  }
  if (!isPlainObject(value)) throw new PosProError('BAD_REQUEST', 'The body must be a JSON object.');
  return value;
}

/** Rejects a body immediately if its declared length is too large. */
function refuseLength(request: FastifyRequest, limit: number): void {
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge(limit);
}

function unsupported(message: string): PosProError {
  return new PosProError('UNSUPPORTED_MEDIA_TYPE', message);
}

function filenameOf(disposition: string | undefined): string {
  return /filename="?([^";]*)"?/i.exec(disposition ?? '')?.[1] ?? '';
}
