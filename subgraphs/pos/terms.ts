/** What every sale at a branch has to know and what hardly ever changes: remembered for a few seconds. */
import { LRUCache } from 'lru-cache';
import { organizationOf } from '../../kernel/auth/actor';
import type { RequestContext } from '../../kernel/context';
import type { Database, Queryable } from '../../kernel/db/database';
import { sellingTerms, type SellingTerms } from '../auth';
import { paymentMethods, type PaymentMethodTerms } from '../payments';
import { tillSettings, type TillSettings } from '../registers';

/** The terms of a sale at a branch. */
export interface TillTerms extends SellingTerms {
  /** How each kind of tender is taken. */
  methods: readonly PaymentMethodTerms[];
  /** How far each role may go alone, and who sees what. */
  settings: TillSettings;
}

/** How long a change of settings may take to reach the tills, in milliseconds. */
const LIFETIME_MS = 5_000;
const MAX_BRANCHES = 1_000;

const remembered = new WeakMap<Database, LRUCache<string, TillTerms>>();

/**
 * The terms of a branch, which may be some seconds old.
 *
 * @param db the caller's own connection: one who holds a transaction must not wait for a second connection.
 * @throws PosProError 404 for an absent branch, and for another organization's.
 */
export async function termsOf(ctx: RequestContext, db: Queryable, branchId: string): Promise<TillTerms> {
  let cache = remembered.get(ctx.database);
  if (!cache) {
    cache = new LRUCache({ max: MAX_BRANCHES, ttl: LIFETIME_MS });
    remembered.set(ctx.database, cache);
  }
  // The organization is a part of the key: what row-level security hides from a caller must not come out of a cache.
  const key = `${organizationOf(ctx)}:${branchId}`;
  const known = cache.get(key);
  if (known) return known;
  const found = { ...(await sellingTerms(db, branchId)), methods: await paymentMethods(db), settings: await tillSettings(db) };
  cache.set(key, found);
  return found;
}
