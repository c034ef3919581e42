/** Errors that arise before or around the graph. All end up in the one table. */
import type { GraphQLFormattedError } from 'graphql';
import { ERRORS, PosProError, type ErrorCode } from '#kernel/errors';
import { codeOfServerError } from '#kernel/problem-details';

/** Any error as one of the table. What the web server did not mean for callers becomes INTERNAL. */
export function asPosProError(error: unknown): PosProError {
  if (error instanceof PosProError) return error;
  const code = codeOfServerError(error);
  if (code) return new PosProError(code, error instanceof Error ? error.message : ERRORS[code].title);
  return new PosProError('INTERNAL', 'Internal error. It is logged under the request id.', {
    cause: error,
  });
}

/** An error of GraphQL as it is sent: with a code of the table, the request's id, and nothing of the inside. */
export function formatGraphQLError(
  { message, locations, path, extensions = {} }: GraphQLFormattedError,
  requestId: string,
): GraphQLFormattedError {
  const code = codeOf(extensions);
  return {
    message: code === 'INTERNAL' ? ERRORS.INTERNAL.title : message,
    ...(locations && { locations }),
    ...(path && { path }),
    // Those of our errors are made for callers; what others attach stays here.
    extensions:
      code === 'INTERNAL'
        ? { code, retry: ERRORS.INTERNAL.retry, requestId }
        : { ...extensions, code, requestId },
  };
}

function codeOf({ code }: Readonly<Record<string, unknown>>): ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code) ? (code as ErrorCode) : 'INTERNAL';
}
