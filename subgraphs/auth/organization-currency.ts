import { LRUCache } from 'lru-cache';
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';

/** An organization's currency never changes, so it is read once. */
const currencies = new LRUCache<string, string>({ max: 10_000 });

/** The currency of the caller's organization, ISO 4217. */
export function currencyOf(ctx: RequestContext): Promise<string> {
  return organizationCurrency(ctx.db, organizationOf(ctx));
}

/** The currency of an organization, for callers with only a connection and no context. */
export async function organizationCurrency(db: Queryable, organizationId: string): Promise<string> {
  const cached = currencies.get(organizationId);
  if (cached !== undefined) return cached;
  const { currency } = await db.one<{ currency: string }>(sql`
    select o.currency from organizations o where o.id = ${organizationId}::uuid`);
  currencies.set(organizationId, currency);
  return currency;
}
