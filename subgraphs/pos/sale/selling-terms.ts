/** Settings that every sale at a branch needs and that rarely change: cached for a few seconds. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { Remembered } from '#kernel/ttl-cache';
import { sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import { paymentMethods, type PaymentMethod } from '#subgraphs/payments/index';
import { tillSettings, type TillSettings } from '#subgraphs/registers/index';

/** The terms of a sale at a branch. */
export interface TillTerms extends SellingTerms {
  /** The branch's payment methods. */
  methods: readonly PaymentMethod[];
  /** The organization's settings of tills, such as role limits. */
  settings: TillSettings;
}

/** By organization and branch. A change of settings reaches the tills within this time. */
const termsCache = new Remembered<TillTerms>({ max: 1_000, milliseconds: 5_000 });

/**
 * The terms of a branch; up to 5 seconds old.
 *
 * @param db the caller's own connection: a caller in a transaction must not wait for a second connection.
 * @throws PosProError 404 for an unknown branch, and for another organization's.
 */
export async function tillTerms(ctx: RequestContext, db: Queryable, branchId: string): Promise<TillTerms> {
  const key = `${organizationOf(ctx)}:${branchId}`;
  const now = ctx.clock.now();
  const cachedTerms = termsCache.get(key, now);
  if (cachedTerms) return cachedTerms;
  const terms = {
    ...(await sellingTerms(db, branchId)),
    methods: await paymentMethods(db),
    settings: await tillSettings(db),
  };
  termsCache.set(key, terms, now);
  return terms;
}
