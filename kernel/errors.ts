import { maskCardNumbers } from './card-numbers.rules';

/**
 * The one table of errors. GraphQL puts the code into `extensions.code`; REST puts the same code into the `code` member of
 * `application/problem+json` and takes the HTTP status from here. So both API layers answer an error alike.
 */
export const ERRORS = {
  BAD_REQUEST: { status: 400, title: 'Malformed request', retry: false },
  QUERY_INVALID: { status: 400, title: 'Invalid GraphQL document', retry: false },
  DOCUMENT_NOT_TRUSTED: { status: 400, title: 'GraphQL document that is not trusted', retry: false },
  QUERY_TOO_COSTLY: { status: 400, title: 'Operation too expensive', retry: false },
  PERSISTED_QUERY_NOT_FOUND: { status: 400, title: 'Unknown persisted query; send its text', retry: true },
  CURSOR_INVALID: { status: 400, title: 'Invalid cursor', retry: false },
  UNAUTHENTICATED: { status: 401, title: 'Sign-in required', retry: false },
  INVALID_CREDENTIALS: { status: 401, title: 'Wrong e-mail address or password', retry: false },
  OTP_REQUIRED: { status: 401, title: 'Second factor required', retry: false },
  TOKEN_EXPIRED: { status: 401, title: 'Token expired', retry: false },
  TOKEN_REVOKED: { status: 401, title: 'Session ended', retry: false },
  PAYMENT_DECLINED: { status: 402, title: 'Payment declined', retry: false },
  FORBIDDEN: { status: 403, title: 'Permission denied', retry: false },
  FEATURE_DISABLED: { status: 403, title: 'Feature switched off', retry: false },
  APPROVAL_REQUIRED: { status: 403, title: 'Manager approval required', retry: false },
  NOT_FOUND: { status: 404, title: 'Not found', retry: false },
  PRODUCT_NOT_FOUND: { status: 404, title: 'Product not found', retry: false },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed for this path', retry: false },
  NOT_ACCEPTABLE: { status: 406, title: 'No representation of the requested type', retry: false },
  REQUEST_TIMEOUT: { status: 408, title: 'Request took too long to arrive', retry: true },
  CONFLICT: { status: 409, title: 'Conflict with stored data', retry: false },
  ALREADY_EXISTS: { status: 409, title: 'Already exists', retry: false },
  PRICE_CHANGED: { status: 409, title: 'Total has changed', retry: false },
  ILLEGAL_STATE: { status: 409, title: 'Not allowed in the current state', retry: false },
  NOTHING_DUE: { status: 409, title: 'Nothing to pay', retry: false },
  INSUFFICIENT_STOCK: { status: 409, title: 'Not enough stock', retry: false },
  REGISTER_CLOSED: { status: 409, title: 'Register is closed', retry: false },
  REGISTER_OPEN: { status: 409, title: 'Register is already open', retry: false },
  PERIOD_CLOSED: { status: 409, title: 'Period is closed', retry: false },
  IDEMPOTENCY_IN_PROGRESS: { status: 409, title: 'First request with this key still running', retry: true },
  CART_EXPIRED: { status: 410, title: 'Cart expired', retry: false },
  CURSOR_EXPIRED: { status: 410, title: 'Cursor expired', retry: false },
  PRECONDITION_FAILED: { status: 412, title: 'Changed since it was read', retry: false },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'Body too large', retry: false },
  URI_TOO_LONG: { status: 414, title: 'Path too long', retry: false },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'Unsupported media type', retry: false },
  VALIDATION_FAILED: { status: 422, title: 'Invalid value', retry: false },
  IDEMPOTENCY_KEY_REUSED: { status: 422, title: 'Idempotency key used for another request', retry: false },
  PAYMENT_INSUFFICIENT: { status: 422, title: 'Payments do not cover the total', retry: false },
  GIFT_CARD_INVALID: { status: 422, title: 'Gift card not usable', retry: false },
  DISCOUNT_INVALID: { status: 422, title: 'Discount not applicable', retry: false },
  POINTS_INSUFFICIENT: { status: 422, title: 'Not enough points', retry: false },
  RATE_UNAVAILABLE: { status: 422, title: 'No exchange rate', retry: false },
  DISCOUNT_EXHAUSTED: { status: 422, title: 'Discount used up', retry: false },
  RATE_LIMITED: { status: 429, title: 'Too many requests', retry: true },
  HEADERS_TOO_LARGE: { status: 431, title: 'Address or headers too long', retry: false },
  INTERNAL: { status: 500, title: 'Internal error', retry: true },
  NOT_IMPLEMENTED: { status: 501, title: 'Not supported here', retry: false },
  UNAVAILABLE: { status: 503, title: 'Service temporarily unavailable', retry: true },
} as const satisfies Record<string, { status: number; title: string; retry: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error at one place of the input. `field` is a dotted path in the graph's names, for example `items.0.quantity`. */
export interface FieldError {
  field: string;
  message: string;
  code: string;
}

export interface ErrorOptions {
  /** Errors by field; a 422 always has at least one. */
  errors?: FieldError[];
  /** Seconds after which a retry makes sense; becomes the `Retry-After` header. */
  retryAfter?: number;
  /** Overrides the table's status where the code means something else, such as an unknown product in a basket (422). */
  status?: number;
  /** Data for the caller's program, such as `{ available: "3" }`. Never internals. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * An error meant for the caller. Any other error is a bug in PosPro: it is logged, and answered as INTERNAL without its message.
 *
 * @example
 * throw new PosProError('REGISTER_CLOSED', 'Register 2 has no open session. Open it with POST /pos/register/open.');
 */
export class PosProError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly errors: FieldError[] | undefined;
  readonly retryAfter: number | undefined;
  readonly details: Record<string, unknown> | undefined;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    // Errors repeat the input and end up in logs, reports and stored answers.
    super(maskCardNumbers(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'PosProError';
    this.code = code;
    this.status = options.status ?? ERRORS[code].status;
    this.errors = options.errors?.map((error) => ({
      ...error,
      field: maskCardNumbers(error.field),
      message: maskCardNumbers(error.message),
    }));
    this.retryAfter = options.retryAfter;
    this.details = options.details;
  }

  /** Whether the same request may succeed later, unchanged. */
  get retry(): boolean {
    return ERRORS[this.code].retry;
  }
}

/** A 404. An id of another organization is answered exactly like an unknown id, so the message does not distinguish them. */
export function notFound(what: string, id: string): PosProError {
  return new PosProError('NOT_FOUND', `There is no ${what} with the id "${id}".`);
}

/** A 422 for one field of the input. */
export function invalid(field: string, message: string, code = 'INVALID'): PosProError {
  return new PosProError('VALIDATION_FAILED', message, { errors: [{ field, message, code }] });
}

/** A 422 for several fields at once, so that a caller can correct them together. */
export function invalidFields(errors: FieldError[]): PosProError {
  return new PosProError('VALIDATION_FAILED', fieldErrorList(errors), { errors });
}

/** Joins errors in one line, each after the name of its field; an error of the whole input has no name. */
export function fieldErrorList(errors: readonly FieldError[]): string {
  return errors.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`)).join(' ');
}

/**
 * Asserts what must be true whatever a caller sends.
 * @throws Error for a bug in PosPro; the caller sees it only as INTERNAL.
 */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`Invariant broken: ${message}`);
}
