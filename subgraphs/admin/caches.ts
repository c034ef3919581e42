/** Emptying the caches, of every process: the event reaches each of them. */
import { type RequestContext, type Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { forgetEverything } from '#kernel/ttl-cache';

const CLEARED = 'cache.cleared';

/** Empties what this process keeps at once, and has the others follow. @returns how many entries there were here. */
export async function clearCache(ctx: RequestContext): Promise<{ cleared: number }> {
  const cleared = (await ctx.cache.clear()) + forgetEverything();
  await transact(ctx, (tx) => {
    tx.emit({ type: CLEARED, key: 'cache', payload: {} });
    return Promise.resolve();
  });
  return { cleared };
}

/** Has this process follow when another one's cache is cleared. @returns a function that ends it. */
export function followClearing({ bus, cache, log }: Services): () => void {
  return bus.subscribe(CLEARED, () => {
    forgetEverything();
    cache.clear().catch((error: unknown) => log.warn({ err: error }, 'the cache could not be cleared'));
  });
}
