import { maskCardNumbers } from './card-numbers.rules';

/**
 * The one table of errors. GraphQL puts the code into `extensions.code`, REST puts the same code into the `code` member of
 * `application/problem+json` and takes the HTTP status from here; so both faces say the same thing about the same fault.
 */
export const ERRORS = {
  BAD_REQUEST: { status: 400, title: 'The request cannot be read', retry: false },
  QUERY_INVALID: { status: 400, title: 'The GraphQL document is not valid', retry: false },
  QUERY_TOO_COSTLY: { status: 400, title: 'The operation asks for too much at once', retry: false },
  PERSISTED_QUERY_NOT_FOUND: {
    status: 400,
    title: 'The persisted query is not known here; send its text',
    retry: true,
  },
  CURSOR_INVALID: { status: 400, title: 'The cursor does not belong to this list', retry: false },
  UNAUTHENTICATED: { status: 401, title: 'Sign in first', retry: false },
  INVALID_CREDENTIALS: { status: 401, title: 'The address or the password is wrong', retry: false },
  OTP_REQUIRED: { status: 401, title: 'The second factor is missing', retry: false },
  TOKEN_EXPIRED: { status: 401, title: 'The token has expired', retry: false },
  TOKEN_REVOKED: { status: 401, title: 'The session has ended', retry: false },
  FORBIDDEN: { status: 403, title: 'Your role does not permit this', retry: false },
  APPROVAL_REQUIRED: { status: 403, title: 'A manager has to give leave for this', retry: false },
  NOT_FOUND: { status: 404, title: 'There is no such thing', retry: false },
  PRODUCT_NOT_FOUND: { status: 404, title: 'There is no such product', retry: false },
  METHOD_NOT_ALLOWED: { status: 405, title: 'The path does not have this method', retry: false },
  NOT_ACCEPTABLE: { status: 406, title: 'No representation of the kind asked for', retry: false },
  REQUEST_TIMEOUT: { status: 408, title: 'The request took too long to arrive', retry: true },
  CONFLICT: { status: 409, title: 'The request conflicts with what is stored', retry: false },
  ALREADY_EXISTS: { status: 409, title: 'There is one already', retry: false },
  ILLEGAL_STATE: { status: 409, title: 'The present state does not permit this', retry: false },
  INSUFFICIENT_STOCK: { status: 409, title: 'There is not enough stock', retry: false },
  REGISTER_CLOSED: { status: 409, title: 'The register is not open', retry: false },
  REGISTER_OPEN: { status: 409, title: 'The register is open already', retry: false },
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    title: 'The first request with this key is still running',
    retry: true,
  },
  CURSOR_EXPIRED: { status: 410, title: 'The cursor is older than what is kept', retry: false },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large', retry: false },
  URI_TOO_LONG: { status: 414, title: 'The path is too long', retry: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body is of a kind that is not read here', retry: false },
  VALIDATION_FAILED: { status: 422, title: 'A value is not valid', retry: false },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The idempotency key was used for another request',
    retry: false,
  },
  PAYMENT_INSUFFICIENT: { status: 422, title: 'The payments do not cover the total', retry: false },
  DISCOUNT_INVALID: { status: 422, title: 'The discount cannot be applied', retry: false },
  RATE_LIMITED: { status: 429, title: 'Too many requests', retry: true },
  HEADERS_TOO_LARGE: { status: 431, title: 'The address or the headers are too long', retry: false },
  INTERNAL: { status: 500, title: 'Something went wrong on our side', retry: true },
  NOT_IMPLEMENTED: { status: 501, title: 'This is not available here', retry: false },
  UNAVAILABLE: { status: 503, title: 'The service is not available at the moment', retry: true },
} as const satisfies Record<string, { status: number; title: string; retry: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/** One fault in one place of the input. `field` is a dotted path in the graph's names, for example `items.0.quantity`. */
export interface FieldError {
  field: string;
  message: string;
  code: string;
}

export interface ErrorDetails {
  /** Faults by field; a 422 always has one at least. */
  errors?: FieldError[];
  /** Seconds after which a retry makes sense; becomes the `Retry-After` header. */
  retryAfter?: number;
  /** Overrides the table's status where the same code means another thing, as an unknown product inside a basket (422). */
  status?: number;
  /** Plain facts for the caller's program, such as `{ available: "3" }`. Never internals. */
  facts?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * An error meant for the caller. Whatever else is thrown is a fault of ours: it is logged and answered as INTERNAL, masked.
 *
 * @example
 * throw new PosProError('REGISTER_CLOSED', 'Register 2 has no open session. Open it with POST /pos/register/open.');
 */
export class PosProError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly errors: FieldError[] | undefined;
  readonly retryAfter: number | undefined;
  readonly facts: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    // Errors repeat what was sent, and end in logs, reports and answers that somebody keeps.
    super(maskCardNumbers(message), details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'PosProError';
    this.code = code;
    this.status = details.status ?? ERRORS[code].status;
    this.errors = details.errors?.map((error) => ({ ...error, message: maskCardNumbers(error.message) }));
    this.retryAfter = details.retryAfter;
    this.facts = details.facts;
  }

  /** Whether the same request may succeed later without being changed. */
  get retry(): boolean {
    return ERRORS[this.code].retry;
  }
}

/** A 404. Another organization's id answers exactly as an absent one, so the message never tells which it was. */
export function notFound(what: string, id: string): PosProError {
  return new PosProError('NOT_FOUND', `There is no ${what} with the id "${id}".`);
}

/** A 422 for one field of the input. */
export function invalid(field: string, message: string, code = 'INVALID'): PosProError {
  return new PosProError('VALIDATION_FAILED', message, { errors: [{ field, message, code }] });
}

/** A 422 for several fields at once, so that a caller can mend them all in one go. */
export function invalidFields(errors: FieldError[]): PosProError {
  return new PosProError('VALIDATION_FAILED', listedFaults(errors), { errors });
}

/** Several faults in one line, each behind the name of its field; one of the whole has none. */
export function listedFaults(errors: readonly FieldError[]): string {
  return errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join(' ');
}

/**
 * States what must hold whatever a caller sends. A failure is a bug of ours and reaches the caller only as INTERNAL.
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`);
}
