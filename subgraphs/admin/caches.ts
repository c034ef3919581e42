/** Empties the caches of all processes: an event reaches each of them. */
import { randomUUID } from 'node:crypto';
import { organizationOf } from '#kernel/auth/access';
import type { Caches } from '#kernel/cache';
import type { RequestContext, Services } from '#kernel/context';
import { transact } from '#kernel/db/transact';
import { throwFieldErrors } from '#kernel/validation';
import { operatorId } from './backup/operator';
import type { ClearCacheInput } from './inputs.generated';

const CACHE_CLEARED = 'cache.cleared';

interface ClearedDomain {
  readonly domain: string;
  readonly cleared: number;
}

/** The payload of the event. */
interface Clearing {
  readonly domains: readonly string[];
  /** Null for those of all organizations. */
  readonly organizationId: string | null;
  /** The process that has cleared its caches already. */
  readonly origin: string;
}

const origins = new WeakMap<Caches, string>();

/** The id of the process that has the caches. */
function originOf(caches: Caches): string {
  const origin = origins.get(caches) ?? randomUUID();
  origins.set(caches, origin);
  return origin;
}

/**
 * Empties the caches of this process immediately, and emits an event for the others: those of the caller's organization; of all
 * organizations for the one that operates the platform.
 * @param known the names of all domains.
 * @returns the numbers of entries in this process.
 * @throws PosProError 422 for an unknown domain.
 */
export async function clearCache(
  ctx: RequestContext,
  known: readonly string[],
  input: ClearCacheInput | null | undefined,
): Promise<{ cleared: number; domains: ClearedDomain[] }> {
  const domains = checkedDomains([...new Set([...known, ...ctx.caches.domains()])].sort(), input?.domains);
  const own = organizationOf(ctx);
  const organizationId = own === (await operatorId(ctx)) ? null : own;
  const clearing = { domains, organizationId, origin: originOf(ctx.caches) };
  const cleared = clear(ctx, clearing);
  await transact(ctx, (tx) => {
    tx.emit({ type: CACHE_CLEARED, key: 'cache', payload: clearing });
    return Promise.resolve();
  });
  return { cleared: cleared.reduce((sum, domain) => sum + domain.cleared, 0), domains: cleared };
}

function checkedDomains(known: string[], asked: readonly string[] | null | undefined): string[] {
  if (asked == null) return known;
  throwFieldErrors(
    asked.flatMap((domain, index) =>
      known.includes(domain)
        ? []
        : [
            {
              field: `domains.${index}`,
              message: `There is no domain "${domain}"; there are ${known.join(', ')}.`,
              code: 'UNKNOWN',
            },
          ],
    ),
  );
  return [...new Set(asked)];
}

function clear({ caches }: Pick<Services, 'caches'>, { domains, organizationId }: Clearing): ClearedDomain[] {
  return domains.map((domain) => ({
    domain,
    cleared: caches.clear({ domain, organizationId: organizationId ?? undefined }),
  }));
}

/** Empties the caches of this process when another process clears its caches. @returns a function that unsubscribes. */
export function followCacheClearing(services: Services): () => void {
  return services.bus.subscribeEarly(CACHE_CLEARED, ({ payload }) => {
    const clearing = payload as unknown as Clearing;
    // Its own event would only drop what has been read since.
    if (clearing.origin !== originOf(services.caches)) clear(services, clearing);
  });
}
