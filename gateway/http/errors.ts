/** Errors that arise before or around the graph: in the web server, in Apollo Server. All end up in the one table. */
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ERRORS, PosProError, type ErrorCode } from '../../kernel/errors';
import { codeOfServerError } from '../../kernel/problem';
import { LIMIT_EXTENSION } from '../limits/static';

/** Any error as one of the table. What the web server did not mean for callers becomes INTERNAL. */
export function asPosProError(error: unknown): PosProError {
  if (error instanceof PosProError) return error;
  const code = codeOfServerError(error);
  if (code) return new PosProError(code, error instanceof Error ? error.message : ERRORS[code].title);
  return new PosProError('INTERNAL', 'Something went wrong on our side. It has been recorded under the request id.', {
    cause: error,
  });
}

/** Apollo Server's own codes. */
const CODE_OF_APOLLO: Readonly<Record<string, ErrorCode>> = {
  GRAPHQL_PARSE_FAILED: 'QUERY_INVALID',
  GRAPHQL_VALIDATION_FAILED: 'QUERY_INVALID',
  OPERATION_RESOLUTION_FAILURE: 'BAD_REQUEST',
  BAD_USER_INPUT: 'VALIDATION_FAILED',
  PERSISTED_QUERY_NOT_SUPPORTED: 'BAD_REQUEST',
};

const TOKENS = /Document contains more tha[nt] \d+ tokens/;

/** Apollo Server's last word on an error: the code from the table, and nothing of the inside. */
export function formatGraphQLError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const code = codeOf(formatted, error);
  // Apollo's own extensions and stack traces stay here; those of our errors are made for callers.
  const own = formatted.extensions && 'retry' in formatted.extensions ? formatted.extensions : {};
  const { limit } = formatted.extensions ?? {};
  return {
    // Clients of persisted queries look for Apollo's own words.
    message: code === 'INTERNAL' ? ERRORS.INTERNAL.title : formatted.message,
    ...(formatted.locations && { locations: formatted.locations }),
    ...(formatted.path && { path: formatted.path }),
    extensions: { ...own, code, retry: ERRORS[code].retry, ...(limit !== undefined && { limit }) },
  };
}

function codeOf({ extensions, message }: GraphQLFormattedError, error: unknown): ErrorCode {
  const named = String(extensions?.code);
  if (extensions?.[LIMIT_EXTENSION] !== undefined || TOKENS.test(message)) return 'QUERY_TOO_COSTLY';
  const http = error instanceof GraphQLError ? error.extensions.http : undefined;
  if (http?.status === 405) return 'METHOD_NOT_ALLOWED';
  if (Object.hasOwn(ERRORS, named)) return named as ErrorCode;
  return CODE_OF_APOLLO[named] ?? 'INTERNAL';
}
