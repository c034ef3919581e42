/** The organization's events as a feed, for programs that poll instead of receiving webhooks. */
import { organizationOf, requireAccess } from '#kernel/auth/access';
import { permits } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { invalid } from '#kernel/errors';
import { presentCursor, readEvents } from '#kernel/events/outbox';
import type { QueryEventsArgs } from './inputs.generated';
import {
  assertTypesKnown,
  PUBLIC_TYPES,
  scopesOfType,
  toFeedEvent,
  readableTypes,
  type FeedEvent,
} from './event-catalog';

const DEFAULT_SIZE = 100;
const MAX_SIZE = 1000;

/**
 * Events in the order of their commits: of the named types, otherwise of all types that the caller may read.
 * @throws PosProError 400 CURSOR_INVALID, 403 for a type that the caller may not read, 410 CURSOR_EXPIRED, 422 for an unknown type.
 */
export async function eventFeed(
  ctx: RequestContext,
  query: QueryEventsArgs,
): Promise<{ items: FeedEvent[]; nextCursor: string }> {
  const size = query.size ?? DEFAULT_SIZE;
  if (size < 1 || size > MAX_SIZE) throw invalid('size', `Must be 1 to ${MAX_SIZE}.`);
  const types = query.types?.length
    ? query.types
    : readableTypes(PUBLIC_TYPES, (scope) => permits(ctx.actor, scope));
  assertTypesKnown(types);
  assertTypesReadable(ctx, types);
  if (query.since === 'now') return { items: [], nextCursor: await presentCursor(ctx.db) };
  const { events, cursor } = await readEvents(
    ctx.db,
    organizationOf(ctx),
    query.since ?? undefined,
    size,
    types,
  );
  return { items: events.map(toFeedEvent), nextCursor: cursor };
}

/**
 * Checks that the caller may read events of these types.
 * @throws PosProError 403 FORBIDDEN, which names the permission of the first type that they may not read.
 */
export function assertTypesReadable(ctx: RequestContext, types: readonly string[]): void {
  const [hiddenType] = types.filter(
    (type) => !readableTypes([type], (scope) => permits(ctx.actor, scope)).includes(type),
  );
  if (hiddenType !== undefined) requireAccess(ctx, scopesOfType(hiddenType));
}
