/** Errors that arise before or around the graph: in the web server, in Apollo Server. All end up in the one table. */
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { ERRORS, PosProError, type ErrorCode } from '../../kernel/errors';
import { LIMIT_EXTENSION } from '../limits/static';

/** The web server's own statuses. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'UNAVAILABLE',
};

/** Any error as one of the table. What the web server did not mean for callers becomes INTERNAL. */
export function asPosProError(error: unknown): PosProError {
  if (error instanceof PosProError) return error;
  const status = (error as { statusCode?: unknown } | undefined)?.statusCode;
  const code = typeof status === 'number' ? CODE_OF_STATUS[status] : undefined;
  if (code) return new PosProError(code, error instanceof Error ? error.message : ERRORS[code].title);
  return new PosProError('INTERNAL', 'Something went wrong on our side. It has been recorded under the request id.', {
    cause: error,
  });
}

/** `application/problem+json` (RFC 9457), as the REST layer has it too. */
export function problemOf(error: PosProError, requestId: string): Record<string, unknown> {
  return {
    type: `https://pospro.dev/errors/${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: ERRORS[error.code].title,
    status: error.status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    retry: error.retry,
  };
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
