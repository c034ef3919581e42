/** Errors as HTTP has them: `application/problem+json` (RFC 9457), made from the one table in errors.ts for every face. */
import type { RequestFacts } from './context';
import { ERRORS, listedFaults, type ErrorCode, type FieldError } from './errors';
import { restPath, snakeKeys } from './casing';

export const PROBLEM_TYPE = 'application/problem+json';

/** The body of every error. */
export interface Problem {
  /** Names the kind of fault, one address for each code. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ErrorCode;
  readonly request_id: string;
  /** Whether the same request may succeed later without being changed. */
  readonly retry: boolean;
  /** Faults by field, in the names of the request. */
  readonly errors?: readonly FieldError[];
  /** Facts for the caller's program, such as what is available. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** What a problem is made from; a PosProError is one. */
export interface Fault {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
  readonly errors: readonly FieldError[] | undefined;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  readonly facts: Readonly<Record<string, unknown>> | undefined;
}

const MASKED = 'The request was all right; something failed here. It is in the log under the request id.';
/** How long to wait where the fault itself does not know, in seconds. */
const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 1, 503: 5 };

/** The problem of a fault. @param fieldName a field's name in the request; the fault has that of the graph. */
export function problemOf(
  fault: Fault,
  requestId: string,
  fieldName: (field: string) => string = restPath,
): Problem {
  const { title, retry } = ERRORS[fault.code];
  const { errors, message } = renamedFaults(fault, fieldName);
  return {
    type: `https://pospro.dev/errors/${fault.code.toLowerCase().replaceAll('_', '-')}`,
    title,
    status: fault.status,
    detail: fault.code === 'INTERNAL' ? MASKED : message,
    code: fault.code,
    request_id: requestId,
    retry,
    ...(errors.length > 0 ? { errors } : {}),
    ...(fault.facts ? { facts: snakeKeys(fault.facts) as Record<string, unknown> } : {}),
  };
}

/** The faults by field of an error, and its message, under other names of the fields. @param fieldName of a name in the graph. */
export function renamedFaults(
  { errors: known = [], message }: Pick<Fault, 'errors' | 'message'>,
  fieldName: (field: string) => string,
): { errors: FieldError[]; message: string } {
  const errors = known.map((one) => ({ ...one, field: fieldName(one.field) }));
  // A list of faults has the graph's names of the fields in it, which a caller of REST does not know.
  return {
    errors,
    message: known.length > 0 && message === listedFaults(known) ? listedFaults(errors) : message,
  };
}

/** How the caller of a request writes the name of a field of the graph. */
export function fieldNamesOf({ names }: Pick<RequestFacts, 'names'>): (field: string) => string {
  return names === 'rest' ? restPath : (field) => field;
}

/** The headers that go with a problem: when to come again, how to sign in. */
export function problemHeaders({
  code,
  status,
  retryAfter = RETRY_AFTER[status],
}: Fault): Record<string, string> {
  const headers: Record<string, string> = {
    'cache-control': 'no-store',
    'content-type': `${PROBLEM_TYPE}; charset=utf-8`,
  };
  if (retryAfter !== undefined) headers['retry-after'] = String(Math.max(1, Math.ceil(retryAfter)));
  if (status === 401) headers['www-authenticate'] = challenge(code);
  // What is left of a body that was refused unread is not worth waiting for.
  if (status === 413 || status === 415) headers.connection = 'close';
  return headers;
}

function challenge(code: ErrorCode): string {
  return code.startsWith('TOKEN_') ? 'Bearer realm="pospro", error="invalid_token"' : 'Bearer realm="pospro"';
}

/** What the web server and its plug-ins say in `statusCode`. */
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

/** The code of an error that the web server made; undefined for any other. */
export function codeOfServerError(error: unknown): ErrorCode | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? CODE_OF_STATUS[error.statusCode] : undefined;
}
