/**
 * Masks errors. A PosProError is meant for callers and keeps its code; any other error is a bug: it is logged
 * with the request's id, and the caller gets only that id.
 */
import { GraphQLError, type ExecutionResult } from 'graphql';
import type { RequestContext } from '#kernel/context';
import { ERRORS, PosProError } from '#kernel/errors';

const GENERIC = 'Internal error. It is logged under the request id.';

/** Masks every error of a subgraph's result. */
export function maskErrors(
  result: ExecutionResult,
  context: RequestContext,
  subgraph: string,
): ExecutionResult {
  return { ...result, errors: result.errors?.map((error) => maskError(error, context, subgraph)) };
}

/** An error that may leave the process. @param where names the place in the log: a subgraph, or "executor". */
export function maskError(error: unknown, context: RequestContext, where: string): GraphQLError {
  const path = (error as Partial<GraphQLError>).path;
  const cause = rootCause(error);
  const { requestId } = context.request;
  if (cause instanceof PosProError) return publicError(cause, requestId, path);
  context.log.error({ err: cause, requestId, where, path }, 'an operation failed');
  return publicError(new PosProError('INTERNAL', GENERIC, { cause }), requestId, path);
}

/** A PosProError as a GraphQL error. The REST layer reads the same extensions. */
export function publicError(
  error: PosProError,
  requestId: string,
  path?: GraphQLError['path'],
): GraphQLError {
  const { code, errors, details, retryAfter, status, retry, message } = error;
  return new GraphQLError(message, {
    path: path ?? null,
    originalError: error,
    extensions: {
      code,
      retry,
      ...(errors && { errors }),
      ...(details && { details }),
      ...(retryAfter !== undefined && { retryAfter }),
      // Only if it differs from the table, which both API layers know.
      ...(status !== ERRORS[code].status && { status }),
      requestId,
    },
  });
}

/** graphql-js and graphql-jit wrap what a resolver threw, sometimes twice. */
function rootCause(error: unknown): unknown {
  let cause = error;
  for (let depth = 0; depth < 5; depth += 1) {
    const inner = (cause as { originalError?: unknown } | undefined)?.originalError;
    if (!inner) break;
    cause = inner;
  }
  return cause;
}
