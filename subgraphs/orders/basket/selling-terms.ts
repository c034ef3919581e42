/** Settings that every sale at a branch needs and that rarely change. */
import { droppedBy, type CacheDefinition } from '#kernel/cache';
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { branchChanged, organizationChanged, sellingTerms, type SellingTerms } from '#subgraphs/auth/index';
import {
  PAYMENT_METHOD_CHANGED,
  cashStepOf,
  paymentMethods,
  type PaymentMethod,
} from '#subgraphs/payments/index';
import { TILL_SETTINGS_CHANGED, tillSettings, type TillSettings } from '#subgraphs/registers/index';

/** The terms of a sale at a branch. */
export interface TillTerms extends SellingTerms {
  /** The smallest coin, in the major unit: the branch's, else that of the method cash, else the organization's; zero if cash is not rounded. */
  cashRoundingStep: Decimal;
  /** The branch's payment methods. */
  methods: readonly PaymentMethod[];
  /** The organization's settings of tills, such as role limits. */
  settings: TillSettings;
}

const TILL_TERMS: CacheDefinition<TillTerms> = {
  name: 'till_terms',
  domain: 'orders',
  maxSize: 1_000,
  lifetimeMs: 60_000,
  drops: [
    droppedBy(organizationChanged),
    droppedBy(branchChanged),
    { type: PAYMENT_METHOD_CHANGED },
    { type: TILL_SETTINGS_CHANGED },
  ],
};

/**
 * The terms of a branch; cached, and read again after a change.
 *
 * @param db the caller's own connection: a caller in a transaction must not wait for a second connection.
 * @throws PosProError 404 for an unknown branch, and for another organization's.
 */
export function tillTerms(ctx: RequestContext, db: Queryable, branchId: string): Promise<TillTerms> {
  return ctx.caches.of(TILL_TERMS).read(db, branchId, async () => {
    const terms = await sellingTerms(db, branchId);
    const methods = await paymentMethods(db, branchId);
    const cashRoundingStep = cashStepOf(methods, terms.organizationCashStep);
    return { ...terms, methods, cashRoundingStep, settings: await tillSettings(db) };
  });
}
