/** Errors before or around the graph, mapped to the error table. */
import type { GraphQLFormattedError } from 'graphql';
import { ERRORS, PosProError, type ErrorCode } from '#kernel/errors';
import { codeOfServerError } from '#kernel/problem-details';

/** Maps any error to the table. Internal errors of the web server become INTERNAL. */
export function asPosProError(error: unknown): PosProError {
  if (error instanceof PosProError) return error;
  const code = codeOfServerError(error);
  if (code) return new PosProError(code, error instanceof Error ? error.message : ERRORS[code].title);
  return new PosProError('INTERNAL', 'Internal error. It is logged under the request id.', {
    cause: error,
  });
}

/** A GraphQL error for the answer: with a code of the table, the request's id, and no internals. */
export function formatGraphQLError(
  { message, locations, path, extensions = {} }: GraphQLFormattedError,
  requestId: string,
): GraphQLFormattedError {
  const code = codeOf(extensions);
  return {
    message: code === 'INTERNAL' ? ERRORS.INTERNAL.title : message,
    ...(locations && { locations }),
    ...(path && { path }),
    // The extensions of our errors are for callers; those of others are not sent.
    extensions:
      code === 'INTERNAL'
        ? { code, retry: ERRORS.INTERNAL.retry, requestId }
        : { ...extensions, code, requestId },
  };
}

function codeOf({ code }: Readonly<Record<string, unknown>>): ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'INTERNAL';
}
