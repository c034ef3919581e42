/** Operations with a file, as clients send them by the GraphQL multipart request specification: `operations`, `map`, then the bytes. */
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PosProError } from '#kernel/errors';
import type { BodyLimits } from '#sofa/input/size-limit';
import { readForm } from '#sofa/input/form';
import { placeFile } from '../remote/multipart-request';

/** A browser sends a form to any site without a preflight, but none of these headers. Clients of Apollo send one of the first two. */
const PREFLIGHT_HEADERS = [
  'apollo-require-preflight',
  'x-apollo-operation-name',
  'graphql-require-preflight',
];
const OPERATION = z.record(z.string(), z.unknown());
const MAP = z.record(z.string(), z.array(z.string().regex(/^variables(\.[^.]+)+$/)).length(1));

/**
 * Reads the form up to its file, which the operation reads itself.
 * @returns the JSON of `operations` with the file at its place.
 * @throws PosProError 400 for a form that a page of another site may have sent, of another shape, or without exactly one file; 413 beyond a
 * limit.
 */
export async function readMultipartOperation(
  request: FastifyRequest,
  limits: BodyLimits,
): Promise<Record<string, unknown>> {
  if (!PREFLIGHT_HEADERS.some((name) => request.headers[name]))
    throw malformed(
      'A form needs the header "apollo-require-preflight: true", so that no other site can send it.',
    );
  const { form, upload } = await readForm(request, limits);
  const operation = parsed(OPERATION, 'operations', form.operations);
  const places = Object.values(parsed(MAP, 'map', form.map));
  if (!upload || places.length !== 1)
    throw malformed('The form has "operations", "map" with one place, and after them one file.');
  placeFile(operation, places[0]![0]!, upload);
  return operation;
}

function parsed<Value>(shape: z.ZodType<Value>, name: string, texts: readonly string[] | undefined): Value {
  try {
    return shape.parse(JSON.parse(texts?.[0] ?? ''));
  } catch (cause) {
    throw new PosProError(
      'BAD_REQUEST',
      `The field "${name}" comes before the file, as JSON by the GraphQL multipart request specification.`,
      { cause },
    );
  }
}

function malformed(message: string): PosProError {
  return new PosProError('BAD_REQUEST', message);
}
