/** The events of the organization as a feed, for programs that would rather ask than be told. */
import { organizationOf, requireAccess } from '#kernel/auth/access';
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { invalid } from '#kernel/errors';
import { presentCursor, readEvents } from '#kernel/events/outbox';
import type { QueryEventsArgs } from './inputs.generated';
import {
  PUBLIC_TYPES,
  scopesOfType,
  shownEvent,
  unknownTypes,
  visibleTypes,
  type ShownEvent,
} from './event-catalog.rules';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;

/**
 * Events in the order of their commits: of the types that are named, otherwise of all that the caller may be told of.
 * @throws PosProError 400 CURSOR_INVALID, 403 for a type that the caller may not be told of, 410 CURSOR_EXPIRED, 422 for an unknown
 * type.
 */
export async function eventFeed(
  ctx: RequestContext,
  query: QueryEventsArgs,
): Promise<{ items: ShownEvent[]; nextCursor: string }> {
  const limit = query.limit ?? DEFAULT_LIMIT;
  if (limit < 1 || limit > MAX_LIMIT) throw invalid('limit', `From 1 to ${MAX_LIMIT}.`);
  const types = query.types?.length
    ? query.types
    : visibleTypes(PUBLIC_TYPES, (scope) => permits(ctx.actor, scope));
  const [unknown] = unknownTypes(types);
  if (unknown !== undefined)
    throw invalid('types', `"${unknown.slice(0, 60)}" is no type of event.`, 'UNKNOWN_TYPE');
  requireTypes(ctx, types);
  if (query.since === 'now') return { items: [], nextCursor: await presentCursor(ctx.db) };
  const { events, cursor } = await readEvents(
    ctx.db,
    organizationOf(ctx),
    query.since ?? undefined,
    limit,
    types,
  );
  return { items: events.map(shownEvent), nextCursor: cursor };
}

/**
 * Asks whether the caller may be told of events of these types.
 * @throws PosProError 403 FORBIDDEN, which names the permission of the first that they may not be told of.
 */
export function requireTypes(ctx: RequestContext, types: readonly string[]): void {
  const [hidden] = types.filter(
    (type) => !visibleTypes([type], (scope) => permits(ctx.actor, scope)).includes(type),
  );
  if (hidden !== undefined) requireAccess(ctx, scopesOfType(hidden));
}
