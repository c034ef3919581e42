/** Empties the caches of all processes: an event reaches each of them. */
import { type RequestContext, type Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';

const CACHE_CLEARED = 'cache.cleared';

/** Empties the caches of this process immediately, and emits an event for the others. @returns the number of entries in this process. */
export async function clearCache(ctx: RequestContext): Promise<{ cleared: number }> {
  const cleared = ctx.caches.clear();
  await transact(ctx, (tx) => {
    tx.emit({ type: CACHE_CLEARED, key: 'cache', payload: {} });
    return Promise.resolve();
  });
  return { cleared };
}

/** Empties the caches of this process when another process clears its caches. @returns a function that unsubscribes. */
export function followCacheClearing({ bus, caches }: Services): () => void {
  return bus.subscribe(CACHE_CLEARED, () => void caches.clear());
}
