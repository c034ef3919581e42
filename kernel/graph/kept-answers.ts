/** Answers of expensive queries that are served again for some time: `@cacheControl(maxAge:, server: true)`. */
import { getDirective } from '@graphql-tools/utils';
import { defaultFieldResolver, type GraphQLField, type GraphQLSchema } from 'graphql';
import { ownBranch, type Actor } from '../auth/actor';
import { organizationOf } from '../auth/access';
import type { CacheDefinition } from '../cache';
import { canonicalJson } from '../canonical-json.rules';
import type { RequestContext } from '../context';

/** An answer of a root field, before its fields are resolved. */
interface KeptAnswer {
  readonly value: unknown;
  /** Milliseconds since 1970. */
  readonly madeAtMs: number;
}

const HOUR_MS = 3_600_000;
/** In every time zone a business day begins at such a time: an answer about the present day ends with it. */
const QUARTER_MS = HOUR_MS / 4;

/** Rows of an answer that count as much as one without rows. */
const ROWS_OF_A_SIZE = 10;

const KEPT_ANSWERS: CacheDefinition<KeptAnswer> = {
  name: 'answers',
  domain: 'analytics',
  maxSize: 1_000,
  lifetimeMs: HOUR_MS,
  drops: [],
};

/**
 * Serves the answer of a query again to callers of the same organization, branch and permissions, for as long as the directive says. The
 * header `Age` has its age in seconds. The answer must not depend on anything else of the caller.
 *
 * @param name unique among all root fields.
 * @param domain the domain of the field.
 */
export function keepAnswers(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, RequestContext>,
  name: string,
  domain: string,
): void {
  const cacheControl = getDirective(schema, field, 'cacheControl')?.[0];
  if (!cacheControl?.server) return;
  const maxAgeMs = (cacheControl.maxAge as number) * 1000;
  const { resolve = defaultFieldResolver } = field;
  field.resolve = async (source, args: Record<string, unknown>, ctx, info) => {
    const organizationId = organizationOf(ctx);
    const key = canonicalJson([name, args, callerOf(ctx.actor)]);
    const cache = ctx.caches.of(KEPT_ANSWERS);
    const nowMs = ctx.clock.now().getTime();
    const kept = cache.get(organizationId, key);
    if (kept) {
      const age = String(Math.floor((nowMs - kept.madeAtMs) / 1000));
      ctx.reply.headers = { ...ctx.reply.headers, age };
      return kept.value;
    }
    const keep = cache.keeping(ctx.db);
    const value: unknown = await resolve(source, args, ctx, info);
    const lifetimeMs = Math.min(maxAgeMs, QUARTER_MS - (nowMs % QUARTER_MS));
    const size = 1 + (Array.isArray(value) ? Math.floor(value.length / ROWS_OF_A_SIZE) : 0);
    keep({ value: { value, madeAtMs: nowMs }, keys: [key], size, lifetimeMs, domain });
    return value;
  };
}

/** Everything of the caller on which an answer may depend. */
function callerOf(actor: Actor): unknown {
  const branchId = ownBranch(actor) ?? null;
  if (actor.kind !== 'user' && actor.kind !== 'apiKey') return [actor.kind, branchId];
  return [actor.role, branchId, [...actor.scopes].sort()];
}
