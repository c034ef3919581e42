/** The errors of PostgreSQL and the driver, and their meaning for the caller. */
import { PosProError } from '../errors';

interface DatabaseFailure {
  code?: string;
  constraint?: string;
  message?: string;
}

function failureOf(error: unknown): DatabaseFailure {
  return typeof error === 'object' && error !== null ? error : {};
}

const SQL_STATE = /^[0-9A-Z]{5}$/;

/** The five-character SQLSTATE of a database error; undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  const { code } = failureOf(error);
  return typeof code === 'string' && SQL_STATE.test(code) ? code : undefined;
}

/**
 * Whether an insert or update violated a unique constraint.
 * @param constraint the constraint's or index's name, if a statement may violate several.
 */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  return (
    sqlState(error) === '23505' && (constraint === undefined || failureOf(error).constraint === constraint)
  );
}

/** The constraint that a write violated; undefined for any other error. */
export function violatedConstraint(error: unknown): string | undefined {
  return sqlState(error)?.startsWith('23') ? failureOf(error).constraint : undefined;
}

/** Serialization failures and deadlocks: the transaction did nothing, and a retry is likely to succeed. */
export function isRetryable(error: unknown): boolean {
  const state = sqlState(error);
  return state === '40001' || state === '40P01';
}

/** A lock was not granted in time (lock_timeout). */
export function isLockTimeout(error: unknown): boolean {
  return sqlState(error) === '55P03';
}

/** Node's codes of a failed or broken connection. */
const NETWORK_CODES = new Set([
  'ECONNREFUSED', 'ECONNRESET', 'ECONNABORTED', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOENT',
]); // prettier-ignore

/** The driver has no codes for these; the texts are those of pg and pg-pool. */
const CONNECTION_MESSAGES =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|timeout exceeded when trying to connect|Cannot use a pool after calling end)/;

/** SQLSTATEs of a missing or lost connection: class 08, shutdown, crash, starting up, idle too long. */
const CONNECTION_STATES = new Set(['57P01', '57P02', '57P03', '57P05', '25P03']);

/** Whether the connection failed or broke. Whether a COMMIT on it was executed is then unknown. */
export function isConnectionFailure(error: unknown): boolean {
  const { code, message } = failureOf(error);
  if (typeof code === 'string' && NETWORK_CODES.has(code)) return true;
  const state = sqlState(error);
  if (state !== undefined) return state.startsWith('08') || CONNECTION_STATES.has(state);
  return error instanceof AggregateError
    ? error.errors.some(isConnectionFailure)
    : typeof message === 'string' && CONNECTION_MESSAGES.test(message);
}

/** The disk of the database is full. Room is made by a person, not by time. */
const DISK_FULL = '53100';
const DISK_FULL_RETRY_AFTER_SECONDS = 30;

/** A shortage of connections or memory; or the statement took too long. */
const OVERLOAD_STATES = new Set(['53000', '53200', '53300', '53400', '55P03', '57014']);

/** A number or a moment out of range, calculated from valid values: a balance of 15 digits plus one. */
const RANGE_STATES = new Set(['22003', '22008']);

/**
 * Turns temporary failures into UNAVAILABLE (503, with Retry-After), and calculated values out of range into
 * VALIDATION_FAILED (422). Every other error is returned unchanged: the operation explains a constraint, and
 * the rest are bugs.
 */
export function explainFailure(error: unknown): unknown {
  if (error instanceof PosProError) return error;
  const state = sqlState(error);
  if (isConnectionFailure(error)) {
    return new PosProError('UNAVAILABLE', 'The database is temporarily unreachable.', {
      retryAfter: 1,
      cause: error,
    });
  }
  if (state === DISK_FULL) {
    return new PosProError(
      'UNAVAILABLE',
      'The disk of the database is full: nothing can be stored until there is room.',
      {
        retryAfter: DISK_FULL_RETRY_AFTER_SECONDS,
        cause: error,
      },
    );
  }
  if (isRetryable(error) || (state !== undefined && OVERLOAD_STATES.has(state))) {
    return new PosProError('UNAVAILABLE', 'The database is temporarily overloaded.', {
      retryAfter: 1,
      cause: error,
    });
  }
  if (state !== undefined && RANGE_STATES.has(state)) {
    const message = 'With this value a number or a moment would be too large to be stored.';
    return new PosProError('VALIDATION_FAILED', message, {
      errors: [{ field: '', message, code: 'OUT_OF_RANGE' }],
      cause: error,
    });
  }
  return error;
}
