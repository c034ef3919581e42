/**
 * Operations with a file, as the GraphQL multipart request specification defines them: `operations`, `map`, then the bytes. The field `file`
 * before them has what the client said of the file, which the headers of a form cannot carry unchanged.
 */
import { PassThrough, type Readable } from 'node:stream';
import type { Multipart } from '@fastify/multipart';
import FormData from 'form-data';
import { z } from 'zod';
import { PosProError } from '#kernel/errors';
import { isUploadedFile, type UploadedFile } from '#kernel/graph/upload';

/** An operation in a request to a subgraph. */
export interface WireOperation {
  readonly query: string;
  readonly operationName?: string | undefined;
  readonly variables: Record<string, unknown>;
}

/** The form's name of the bytes. */
const BYTES = '0';
const FILE_FACTS = z.object({
  filename: z.string(),
  contentType: z.string(),
  charset: z.string().optional(),
});

/** The form of an operation with a file, whose bytes pass through without being held; undefined for one without. */
export function multipartOf(
  operation: WireOperation,
): { body: Readable; headers: Record<string, string> } | undefined {
  const found = fileIn(operation.variables, ['variables']);
  if (!found) return undefined;
  const { file, path } = found;
  const form = new FormData();
  form.append(
    'operations',
    JSON.stringify(operation, (_, value: unknown) => (isUploadedFile(value) ? null : value)),
  );
  form.append('map', JSON.stringify({ [BYTES]: [path.join('.')] }));
  const { stream, ...facts } = file;
  form.append('file', JSON.stringify(facts));
  form.append(BYTES, stream, { filename: 'file', contentType: 'application/octet-stream' });
  const body = new PassThrough();
  // A file that breaks off, or grows too large, ends the request with its own error.
  stream.once('error', (error) => body.destroy(error));
  body.once('close', () => stream.destroy());
  form.pipe(body);
  return { body, headers: form.getHeaders() };
}

/** The file among variables: an operation has one at most, as a form of the REST layer does. */
function fileIn(
  value: unknown,
  path: readonly string[],
): { file: UploadedFile; path: readonly string[] } | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  if (isUploadedFile(value)) return { file: value, path };
  for (const [name, inner] of Object.entries(value)) {
    const found = fileIn(inner, [...path, name]);
    if (found) return found;
  }
  return undefined;
}

/**
 * Reads such a form up to the bytes of the file, which the operation reads itself.
 * @throws PosProError BAD_REQUEST for a form of another shape.
 */
export async function readMultipart(parts: AsyncIterable<Multipart>): Promise<WireOperation> {
  const fields: Record<string, string> = {};
  for await (const part of parts) {
    if (part.type === 'field') {
      fields[part.fieldname] = String(part.value);
      continue;
    }
    const operation = JSON.parse(fields.operations ?? '{}') as WireOperation;
    const map = JSON.parse(fields.map ?? '{}') as Record<string, readonly string[] | undefined>;
    const file = { ...FILE_FACTS.parse(JSON.parse(fields.file ?? '{}')), stream: part.file };
    const [path] = map[part.fieldname] ?? [];
    if (path !== undefined) placeFile(operation, path, file);
    return operation;
  }
  throw new PosProError('BAD_REQUEST', 'The form has no file.');
}

/**
 * Puts the file where the variables of an operation have null for it.
 * @param path the names from the operation to the place, such as "variables.input.file".
 * @throws PosProError BAD_REQUEST for a place that is not there, or has another value.
 */
export function placeFile(operation: object, path: string, file: unknown): void {
  const names = path.split('.');
  const last = names.pop()!;
  let target: unknown = operation;
  for (const name of names) target = hasOwn(target, name) ? target[name] : undefined;
  if (!hasOwn(target, last))
    throw new PosProError('BAD_REQUEST', `"operations" has no ${path}; give null there for the file.`);
  if (target[last] !== null)
    throw new PosProError('BAD_REQUEST', `"operations" has another value than null at ${path}.`);
  target[last] = file;
}

function hasOwn(target: unknown, name: string): target is Record<string, unknown> {
  return typeof target === 'object' && target !== null && Object.hasOwn(target, name);
}
