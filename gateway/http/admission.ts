/**
 * The rate limit. Every request counts once when it arrives, whatever its result: also a request to an unknown
 * route, with a wrong method, with an unreadable body, or for a WebSocket. In a GraphQL document each root
 * field counts, under any alias, so that many operations in one request do not bypass the limit.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { senderAddress } from '#kernel/ip-addresses';
import { ANONYMOUS, storefrontOf, type Actor } from '#kernel/auth/actor';
import type { Config } from '#kernel/config';
import type { RequestContext } from '#kernel/context';
import type { PosProError } from '#kernel/errors';
import { limitsOf, rateLimited, type RateState } from '#kernel/limits/index';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Requests to this route do not count towards the rate limit, and are answered in an overload: probes, metrics, images. */
    readonly uncounted?: boolean;
  }
}

interface Counted {
  /** For the answer. */
  readonly headers: Record<string, string>;
  readonly refusal: PosProError | undefined;
}

/** Counts every request, also to unknown routes. */
export function countRequests(
  app: FastifyInstance,
  config: Config,
  actorFor: (request: FastifyRequest) => Promise<Actor>,
): void {
  const { operations, visits } = limitsOf({ config });
  if (!operations && !visits) return;
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.uncounted) return;
    const { headers, refusal } = await count(config, await actorFor(request), request.ip, 1);
    reply.headers(headers);
    if (refusal) throw refusal;
  });
}

/**
 * Counts operations of one request in addition to the request itself, and adds the headers for its answer to
 * `context.reply`.
 * @throws PosProError RATE_LIMITED (429)
 */
export async function countOperations(context: RequestContext, operations: number): Promise<void> {
  if (operations <= 0) return;
  const { headers, refusal } = await count(
    context.config,
    context.actor,
    context.request.address,
    operations,
  );
  context.reply.headers = { ...context.reply.headers, ...headers };
  if (refusal) throw refusal;
}

/** Counts malformed requests and wrong guesses. @returns the error for an address that has reached the limit. */
export async function countMiss(config: Config, address: string): Promise<PosProError | undefined> {
  return (await count(config, ANONYMOUS, address, 1)).refusal;
}

async function count(config: Config, actor: Actor, address: string, points: number): Promise<Counted> {
  const { operations, visits } = limitsOf({ config });
  const limiter = storefrontOf(actor) ? visits : operations;
  if (!limiter) return { headers: {}, refusal: undefined };
  const state = await limiter.consume(senderOf(actor, address), points);
  const headers = limitHeaders(state);
  if (!state.exceeded) return { headers, refusal: undefined };
  return {
    headers: { ...headers, 'retry-after': headers['ratelimit-reset']! },
    refusal: rateLimited(state, 'Too many operations'),
  };
}

/**
 * A shop's tills share an address, so signed-in callers count separately; all others count by address. All visitors of a web shop share
 * its publishable key, so they count by both.
 */
export function senderOf(actor: Actor, address: string): string {
  if (actor.kind === 'anonymous') return `address:${senderAddress(address)}`;
  if (actor.kind === 'apiKey')
    return `key:${actor.sessionId}${storefrontOf(actor) ? `:${senderAddress(address)}` : ''}`;
  return actor.kind === 'user' ? `user:${actor.userId}` : `platform:${actor.organizationId}`;
}

function limitHeaders({ limit, remaining, resetSeconds }: RateState): Record<string, string> {
  return {
    'ratelimit-limit': String(limit),
    'ratelimit-remaining': String(remaining),
    'ratelimit-reset': String(resetSeconds),
  };
}
