import { LRUCache } from 'lru-cache';
import { organizationOf } from '../../kernel/auth/actor';
import type { RequestContext } from '../../kernel/context';
import { ownOrganization } from './organizations';

/** An organization's currency never changes, so it is asked for once. */
const currencies = new LRUCache<string, string>({ max: 10_000 });

/** The currency in which the caller's organization names its prices and keeps its costs, ISO 4217. */
export async function currencyOf(ctx: RequestContext): Promise<string> {
  const organizationId = organizationOf(ctx);
  const known = currencies.get(organizationId);
  if (known !== undefined) return known;
  const { currency } = await ownOrganization(ctx);
  currencies.set(organizationId, currency);
  return currency;
}
