/** Empties the caches of all processes: an event reaches each of them. */
import { type RequestContext, type Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { forgetEverything } from '#kernel/ttl-cache';

const CACHE_CLEARED = 'cache.cleared';

/** Empties the caches of this process immediately, and emits an event for the others. @returns the number of entries in this process. */
export async function clearCache(ctx: RequestContext): Promise<{ cleared: number }> {
  const cleared = (await ctx.cache.clear()) + forgetEverything();
  await transact(ctx, (tx) => {
    tx.emit({ type: CACHE_CLEARED, key: 'cache', payload: {} });
    return Promise.resolve();
  });
  return { cleared };
}

/** Empties the caches of this process when another process clears its caches. @returns a function that unsubscribes. */
export function followCacheClearing({ bus, cache, log }: Services): () => void {
  return bus.subscribe(CACHE_CLEARED, () => {
    forgetEverything();
    cache.clear().catch((error: unknown) => log.warn({ err: error }, 'the cache could not be cleared'));
  });
}
