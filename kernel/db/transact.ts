/**
 * The only way to write. One call is one database transaction: all its writes happen, events included, or none.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { signalEntry, entryParts, newEntryId } from '../audit/entry';
import { mayAccess, organizationOf } from '../auth/access';
import { vendorOf } from '../auth/actor';
import type { RequestContext } from '../context';
import { invariant } from '../errors';
import { signalOutbox } from '../events/outbox-signal';
import { eventsStatement } from '../events/outbox';
import type { DomainEvent, IdentifiedEvent, Sql, Transaction, TransactionClient } from './database';
import { explainFailure, isRetryable } from './pg-errors';
import {
  answerPart,
  claimStatement,
  earlierAnswer,
  idempotencyOf,
  oneAtATime,
  type IdempotencyRequest,
} from './idempotency';

export { isUniqueViolation } from './pg-errors';

export interface TransactOptions {
  /** Makes a repeated request safe. Without a key, here or in the request's header, the work simply runs. */
  idempotent?: {
    /** The operation, for example "checkout": a key used for another operation is rejected. */
    operation: string;
    /** The caller's input; the same key with another input is rejected. */
    input: unknown;
    /** For example a `client_reference`. Optional; defaults to the request's Idempotency-Key. */
    key?: string | undefined;
  };
}

/** Maximum attempts of a transaction that loses against another one (serialization failure, deadlock). */
const MAX_ATTEMPTS = 5;
const FIRST_PAUSE_MS = 10;

/**
 * Runs work in one transaction of the caller's organization.
 *
 * The work may run more than once, so it must change nothing but the database. Under an idempotency key its
 * result is stored
 * and must be plain data: objects, arrays, strings, numbers, booleans, null, Decimal, Date.
 *
 * @throws PosProError UNAVAILABLE if the database is unreachable or overloaded; IDEMPOTENCY_KEY_REUSED and
 * IDEMPOTENCY_IN_PROGRESS.
 * Errors of the work are thrown unchanged, and nothing has been written then.
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
  if (!request) return retrying(ctx, (client, entryId) => runWork(ctx, client, work, entryId));
  const run: Run<Result> = (client, entryId) => runIdempotent(ctx, client, { work, request, entryId });
  return oneAtATime(request, () => retrying(ctx, run, claimStatement(request)));
}

interface Outcome<Result> {
  result: Result;
  events: readonly IdentifiedEvent[];
  afterCommit: readonly (() => void)[];
  /** A replayed idempotent request writes nothing. */
  wroteEntry: boolean;
}

/** Runs a transaction, with the id of its audit entry, until it completes. */
type Run<Result> = (client: TransactionClient, entryId: string | undefined) => Promise<Outcome<Result>>;

async function retrying<Result>(ctx: RequestContext, run: Run<Result>, opening?: Sql): Promise<Result> {
  const organizationId = organizationOf(ctx);
  for (let attempt = 1; ; attempt += 1) {
    const entryId = newEntryId(ctx);
    try {
      const scope = { organizationId, vendorId: vendorOf(ctx.actor), entryId, opening };
      const outcome = await ctx.database.begin(scope, (client) => run(client, entryId));
      // Before the answer: a client that reads after it must not get cached values of before.
      ctx.caches.drop(organizationId, outcome.events);
      for (const work of outcome.afterCommit) work();
      const { events } = outcome;
      if (events.length > 0) signalOutbox(ctx.database, { organizationId, events });
      if (outcome.wroteEntry) signalEntry(ctx.database);
      return outcome.result;
    } catch (error) {
      if (!isRetryable(error) || attempt === MAX_ATTEMPTS) throw explainFailure(error);
      // Two colliding transactions must not collide again: the pause grows, and is random.
      await sleep(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random() / 2));
    }
  }
}

async function runWork<Result>(
  ctx: RequestContext,
  client: TransactionClient,
  work: (tx: Transaction) => Promise<Result>,
  entryId: string | undefined,
  request?: IdempotencyRequest,
): Promise<Outcome<Result>> {
  const emitted: DomainEvent[] = [];
  const afterCommit: (() => void)[] = [];
  const tx: Transaction = {
    ...client,
    now: ctx.clock.now(),
    ifMatch: ctx.request.ifMatch,
    emit: (event) => void emitted.push(event),
    afterCommit: (later) => void afterCommit.push(later),
    mayAccess: (scopes) => mayAccess(ctx, scopes),
  };
  const result = await work(tx);
  // One statement writes the events, the audit entry and the answer, and is sent with the commit: they cost no
  // round trip.
  const answer = request ? [answerPart(request, result, tx.now)] : [];
  const others = [...entryParts(tx, ctx, entryId), ...answer];
  const events = emitted.map((event): IdentifiedEvent => ({ ...event, id: ctx.ids.next() }));
  const last = eventsStatement(tx, events, others);
  if (last) client.send(last);
  return { result, events, afterCommit, wroteEntry: entryId !== undefined };
}

async function runIdempotent<Result>(
  ctx: RequestContext,
  client: TransactionClient,
  task: {
    work: (tx: Transaction) => Promise<Result>;
    request: IdempotencyRequest;
    entryId: string | undefined;
  },
): Promise<Outcome<Result>> {
  const { work, request, entryId } = task;
  invariant(client.opening, 'an idempotent transaction begins with its claim');
  const earlier = await earlierAnswer(client.opening, request);
  if (earlier) {
    ctx.reply.replayed = true;
    return { result: earlier.response as Result, events: [], afterCommit: [], wroteEntry: false };
  }
  return runWork(ctx, client, work, entryId, request);
}
