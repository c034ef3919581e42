/** The form of answers between a subgraph in another process and its gateway. */
import { GraphQLError, type ExecutionResult, type GraphQLFormattedError } from 'graphql';
import type { ReplyNotes } from '#kernel/context';
import { ERRORS, PosProError, type ErrorCode, type FieldError } from '#kernel/errors';
import type { StreamItem } from '#kernel/graph/event-stream';

/** The extension of an answer with the notes of a subgraph for its gateway. */
export const NOTES = 'pospro';

/** Notes on an answer: those of the operation, and for an event how it may be delivered. */
export interface WireNotes extends ReplyNotes, Partial<Pick<StreamItem<unknown>, 'latestKey' | 'lasting'>> {}

/** An answer as JSON. */
export interface WireResult {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: { readonly [NOTES]?: WireNotes };
}

/** The result of an answer. Its errors are those of the error table again, as if they had been thrown here. */
export function resultOf({ data, errors }: WireResult): ExecutionResult {
  const result = data === undefined ? {} : { data };
  return errors?.length ? { ...result, errors: errors.map(errorOf) } : result;
}

function errorOf({ message, path, extensions = {} }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, {
    path: path ?? null,
    originalError: posProErrorOf(message, extensions),
    extensions,
  });
}

function posProErrorOf(message: string, given: Readonly<Record<string, unknown>>): PosProError {
  const { code, errors, details, retryAfter, status } = given;
  return new PosProError(isCode(code) ? code : 'INTERNAL', message, {
    ...(errors !== undefined && { errors: errors as FieldError[] }),
    ...(details !== undefined && { details: details as Record<string, unknown> }),
    ...(typeof retryAfter === 'number' && { retryAfter }),
    ...(typeof status === 'number' && { status }),
  });
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

/** Takes over the notes of an answer into the context of the request. */
export function takeNotes(reply: ReplyNotes, { replayed, headers, posted }: WireNotes = {}): void {
  if (replayed) reply.replayed = true;
  if (headers) reply.headers = { ...reply.headers, ...headers };
  if (posted) reply.posted = posted;
}
