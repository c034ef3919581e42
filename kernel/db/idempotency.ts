/**
 * Idempotency keys: the same request under the same key is executed once, and its answer is replayed. A
 * transaction holds a lock of its key, so that a duplicate waits for it. The key's row is written in the
 * transaction of the work, with the answer, so that neither exists without the other.
 */
import { createHash } from 'node:crypto';
import { organizationOf, userOf } from '../auth/access';
import { canonicalJson } from '../canonical-json.rules';
import type { RequestContext } from '../context';
import { Decimal } from '../decimal';
import { invalid, invariant, PosProError } from '../errors';
import { sql, type Sql } from './database';
import { isLockTimeout } from './pg-errors';
import { idempotencyKeys, type IdempotencyKeyRow } from './tables.generated';

/** Minimum time that an answer is kept; a till that was offline over night still finds it. */
export const KEY_LIFETIME_MS = 48 * 3_600_000;
const MAX_KEY_LENGTH = 255;

export type IdempotencyRequest = Readonly<Omit<IdempotencyKeyRow, 'response' | 'createdAt'>>;

/**
 * The identity of a request; undefined without a key.
 * @throws PosProError 422 for a key that is too long.
 */
export function idempotencyOf(
  ctx: RequestContext,
  given: { operation: string; input: unknown; key?: string | undefined },
): IdempotencyRequest | undefined {
  const key = given.key ?? ctx.request.idempotencyKey;
  if (!key) return undefined;
  if (key.length > MAX_KEY_LENGTH) {
    throw invalid(
      'idempotencyKey',
      `An idempotency key may have at most ${MAX_KEY_LENGTH} characters.`,
      'TOO_LONG',
    );
  }
  const { operation } = given;
  const requestHash = createHash('sha256')
    .update(operation)
    .update('\n')
    .update(inputText(given.input))
    .digest('hex');
  return {
    organizationId: organizationOf(ctx),
    caller: userOf(ctx) ?? 'system',
    key,
    operation,
    requestHash,
  };
}

/**
 * The statement that takes a key until the end of the transaction. It waits for a duplicate that is running in
 * another process, up to the lock timeout.
 */
export function claimStatement({ organizationId, caller, key }: IdempotencyRequest): Sql {
  return sql`
    select operation, request_hash, response
    from pospro_claim_key(${organizationId}::uuid, ${caller}::text, ${key}::text)`;
}

type StoredAnswer = Pick<IdempotencyKeyRow, 'operation' | 'requestHash' | 'response'>;

/**
 * Reads the answer to `claimStatement`.
 *
 * @returns the stored answer of an earlier request; undefined if this call must do the work.
 * @throws PosProError IDEMPOTENCY_KEY_REUSED, IDEMPOTENCY_IN_PROGRESS.
 */
export async function earlierAnswer(
  claim: Promise<unknown[]>,
  request: IdempotencyRequest,
): Promise<{ response: unknown } | undefined> {
  const [row] = (await claim.catch(throwInProgress)) as StoredAnswer[];
  if (!row) return undefined;
  if (row.requestHash !== request.requestHash) {
    throw new PosProError(
      'IDEMPOTENCY_KEY_REUSED',
      row.operation === request.operation
        ? `The idempotency key "${request.key}" was used for the same operation with another input.`
        : `The idempotency key "${request.key}" was used for another operation.`,
    );
  }
  return { response: revive(row.response) };
}

const UNANSWERED = idempotencyKeys.omit('response');

/** The part of a statement that stores the answer under the key. */
export function answerPart(request: IdempotencyRequest, answer: unknown, now: Date): Sql {
  return sql`idempotency_key as (
    insert into idempotency_keys (${UNANSWERED.columns}, response)
    values (${UNANSWERED.parameters({ ...request, createdAt: now })}, ${JSON.stringify(tag(answer))}::jsonb))`;
}

function throwInProgress(error: unknown): never {
  if (!isLockTimeout(error)) throw error;
  throw new PosProError('IDEMPOTENCY_IN_PROGRESS', 'The first request with this key is still running.', {
    retryAfter: 1,
  });
}

const running = new Map<string, Promise<unknown>>();

/**
 * Runs duplicates within this process one after the other. The database would separate them as well, but each
 * would wait with a connection, and fifty simultaneous retries would leave no connections for other requests.
 */
export async function oneAtATime<Result>(
  request: IdempotencyRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  const name = JSON.stringify([request.organizationId, request.caller, request.key]);
  const before = running.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  running.set(name, mine);
  try {
    return await mine;
  } finally {
    if (running.get(name) === mine) running.delete(name);
  }
}

/** A request's input as text, the same for equal inputs. */
export function inputText(input: unknown): string {
  return canonicalJson(tag(input));
}

const DECIMAL_TAG = '$decimal';
const DATE_TAG = '$date';

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Marks decimals and dates, which JSON cannot distinguish from strings. A key of the data that starts with $
 * gets another $.
 */
export function tag(value: unknown): unknown {
  if (value === undefined) return null;
  if (Decimal.isDecimal(value)) return { [DECIMAL_TAG]: value.toFixed() };
  if (value instanceof Date) return { [DATE_TAG]: value.toISOString() };
  if (Array.isArray(value)) return value.map(tag);
  if (isPlainObject(value)) {
    const members = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.fromEntries(
      members.map(([key, member]) => [key.startsWith('$') ? `$${key}` : key, tag(member)]),
    );
  }
  invariant(
    typeof value !== 'function' && typeof value !== 'symbol',
    'the result of an idempotent operation is plain data',
  );
  return value;
}

/** Undoes `tag`. */
export function revive(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revive);
  if (!isPlainObject(value)) return value;
  if (typeof value[DECIMAL_TAG] === 'string') return new Decimal(value[DECIMAL_TAG]);
  if (typeof value[DATE_TAG] === 'string') return new Date(value[DATE_TAG]);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key.startsWith('$$') ? key.slice(1) : key, revive(member)]),
  );
}
