/** Events as the relay publishes them in this process. */
import { randomUUID } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import type { EventBus, PublishedEvent } from '#kernel/events/bus';

/** Waits for the next published event of a type that matches. Call it before the work that emits the event. */
export function published(
  bus: EventBus,
  type: string,
  matches: (event: PublishedEvent) => boolean = () => true,
): Promise<void> {
  return new Promise((resolve) => {
    const unsubscribe = bus.subscribe(type, (event) => {
      if (!matches(event)) return;
      unsubscribe();
      resolve();
    });
  });
}

/**
 * Waits until every event that was committed before is published, so that it has dropped what it drops from the caches: they are
 * published in the order of their commits, and so before an event of this function's own.
 */
export async function eventsPublished(ctx: RequestContext): Promise<void> {
  const key = randomUUID();
  const own = published(ctx.bus, 'test.marked', (event) => event.key === key);
  await transact(ctx, (tx) => {
    tx.emit({ type: 'test.marked', key, payload: {} });
    return Promise.resolve();
  });
  await own;
}
