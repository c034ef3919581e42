/** Errors over HTTP: `application/problem+json` (RFC 9457), made from the table in errors.ts. */
import type { RequestMeta } from './context';
import { ERRORS, fieldErrorList, type ErrorCode, type FieldError } from './errors';
import { restPath, snakeKeys } from './casing';

export const PROBLEM_TYPE = 'application/problem+json';

/** The body of every error. */
export interface Problem {
  /** Names the kind of error, one address for each code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly request_id: string;
  /** Whether the same request may succeed later, unchanged. */
  readonly retry: boolean;
  /** Errors by field, in the names of the request. */
  readonly errors?: readonly FieldError[];
  /** Data for the caller's program, such as the available quantity. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The source of a problem, such as a PosProError. */
export interface ProblemSource {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
  readonly errors: readonly FieldError[] | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

const MASKED = 'The request was all right; something failed here. It is in the log under the request id.';
/** Default waiting time, in seconds. */
const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 1, 503: 5 };

/** The problem of an error. @param fieldName converts a field's name of the graph to that of the request. */
export function problemOf(
  fault: ProblemSource,
  requestId: string,
  fieldName: (field: string) => string = restPath,
): Problem {
  const { title, retry } = ERRORS[fault.code];
  const { errors, message } = renameFieldErrors(fault, fieldName);
  return {
    type: `https://pospro.dev/errors/${fault.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status: fault.status,
    detail: fault.code === 'INTERNAL' ? MASKED : message,
    code: fault.code,
    request_id: requestId,
    retry,
    ...(errors.length > 0 ? { errors } : {}),
    ...(fault.details ? { details: snakeKeys(fault.details) as Record<string, unknown> } : {}),
  };
}

/**
 * The field errors and the message of an error, with converted field names. @param fieldName converts a name of
 * the graph.
 */
export function renameFieldErrors(
  { errors: known = [], message }: Pick<ProblemSource, 'errors' | 'message'>,
  fieldName: (field: string) => string,
): { errors: FieldError[]; message: string } {
  const errors = known.map((one) => ({ ...one, field: fieldName(one.field) }));
  // A message with a list of errors has the graph's field names, which a caller of REST does not know.
  return {
    errors,
    message: known.length > 0 && message === fieldErrorList(known) ? fieldErrorList(errors) : message,
  };
}

/** Converts a field name of the graph to the caller's spelling. */
export function fieldNamesOf({ names }: Pick<RequestMeta, 'names'>): (field: string) => string {
  return names === 'rest' ? restPath : (field) => field;
}

/** The headers of a problem: time of a retry, way to sign in. */
export function problemHeaders({
  code,
  status,
  retryAfter = RETRY_AFTER[status],
}: ProblemSource): Record<string, string> {
  const headers: Record<string, string> = {
    'cache-control': 'no-store',
    'content-type': `${PROBLEM_TYPE}; charset=utf-8`,
  };
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter)));
  if (status === 401) headers['www-authenticate'] = challenge(code);
  // The rest of a body that was rejected unread is not worth waiting for.
  if (status === 413 || status === 415) headers.connection = 'close';
  return headers;
}

function challenge(code: ErrorCode): string {
  return code.startsWith('TOKEN_') ? 'Bearer realm="pospro", error="invalid_token"' : 'Bearer realm="pospro"';
}

/** The `statusCode` of the web server and its plug-ins. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'BAD_REQUEST',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  406: 'NOT_ACCEPTABLE',
  411: 'BAD_REQUEST',
  413: 'PAYLOAD_TOO_LARGE',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  503: 'UNAVAILABLE',
};

/** The code of an error of the web server; undefined for any other. */
export function codeOfServerError(error: unknown): ErrorCode | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? CODE_OF_STATUS[error.statusCode] : undefined;
}
