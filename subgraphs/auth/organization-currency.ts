import { LRUCache } from 'lru-cache';
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';

/** An organization's currency never changes, so it is asked for once. */
const currencies = new LRUCache<string, string>({ max: 10_000 });

/** The currency in which the caller's organization names its prices and keeps its costs, ISO 4217. */
export function currencyOf(ctx: RequestContext): Promise<string> {
  return organizationCurrency(ctx.db, organizationOf(ctx));
}

/** The same for whoever has only a connection of the organization. */
export async function organizationCurrency(db: Queryable, organizationId: string): Promise<string> {
  const known = currencies.get(organizationId);
  if (known !== undefined) return known;
  const { currency } = await db.one<{ currency: string }>(sql`
    select o.currency from organizations o where o.id = ${organizationId}::uuid`);
  currencies.set(organizationId, currency);
  return currency;
}
