/**
 * The only way to write. One call is one database transaction: what happens in it happens as a whole, its events included, or
 * not at all.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { organizationOf } from '../auth/actor';
import type { RequestContext } from '../context';
import { announceOutbox } from '../events/outbox-signal';
import { appendEvents } from '../events/outbox';
import type { DomainEvent, Queryable, Transaction } from './database';
import { explainFailure, isRetryable } from './failures';
import { claimKey, finishKey, idempotencyOf, oneAtATime, type IdempotencyRequest } from './idempotency';

export { isUniqueViolation } from './failures';

export interface TransactOptions {
  /** Makes a repeated request safe. Without a key, here or in the request's header, the work simply runs. */
  idempotent?: {
    /** Which operation it is, for example "checkout": a key used for another one is refused. */
    operation: string;
    /** What the caller sent; the same key with another input is refused. */
    input: unknown;
    /** For example a `client_reference`; the request's Idempotency-Key where left out. */
    key?: string | undefined;
  };
}

/** How often a transaction is tried that lost against another one (serialization failure, deadlock). */
const MAX_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 10;

/**
 * Runs work in one transaction of the caller's organization.
 *
 * The work may run more than once, so it must change nothing but the database. Under an idempotency key its result is stored
 * and must be plain data: objects, arrays, strings, numbers, booleans, null, Decimal, Date.
 *
 * @throws PosProError UNAVAILABLE where the database is away or too busy; IDEMPOTENCY_KEY_REUSED and IDEMPOTENCY_IN_PROGRESS.
 * Whatever the work throws comes out as it is, and nothing has been written then.
 *
 * @example
 * return transact(ctx, async (tx) => {
 *   await tx.run(sql`update branches set name = ${name} where id = ${id}`);
 *   tx.emit({ type: 'branch.changed', key: id, payload: { name } });
 *   return { id, name };
 * });
 */
export async function transact<Result>(
  ctx: RequestContext,
  work: (tx: Transaction) => Promise<Result>,
  options: TransactOptions = {},
): Promise<Result> {
  const request = options.idempotent && idempotencyOf(ctx, options.idempotent);
  if (!request) return retrying(ctx, (client) => runWork(ctx, client, work));
  return oneAtATime(request, () => retrying(ctx, (client) => runIdempotent(ctx, client, work, request)));
}

interface Outcome<Result> {
  result: Result;
  wroteEvents: boolean;
}

async function retrying<Result>(ctx: RequestContext, run: (client: Queryable) => Promise<Outcome<Result>>): Promise<Result> {
  const scope = { organizationId: organizationOf(ctx) };
  for (let attempt = 1; ; attempt += 1) {
    try {
      const outcome = await ctx.database.begin(scope, run);
      if (outcome.wroteEvents) announceOutbox(ctx.database);
      return outcome.result;
    } catch (error) {
      if (!isRetryable(error) || attempt === MAX_ATTEMPTS) throw explainFailure(error);
      // Two that ran into each other must not do so again: the pause grows, and chance keeps them apart.
      await sleep(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}

async function runWork<Result>(
  ctx: RequestContext,
  client: Queryable,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Outcome<Result>> {
  const events: DomainEvent[] = [];
  const tx: Transaction = {
    ...client,
    organizationId: organizationOf(ctx),
    now: ctx.clock.now(),
    emit: (event) => void events.push(event),
  };
  const result = await work(tx);
  await appendEvents(tx, ctx.ids, events);
  return { result, wroteEvents: events.length > 0 };
}

async function runIdempotent<Result>(
  ctx: RequestContext,
  client: Queryable,
  work: (tx: Transaction) => Promise<Result>,
  request: IdempotencyRequest,
): Promise<Outcome<Result>> {
  const earlier = await claimKey(client, request, ctx.clock.now());
  if (earlier) {
    ctx.reply.replayed = true;
    return { result: earlier.response as Result, wroteEvents: false };
  }
  const outcome = await runWork(ctx, client, work);
  await finishKey(client, request, outcome.result);
  return outcome;
}
