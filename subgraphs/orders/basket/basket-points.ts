/** Reads the points of a basket's customer. */
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { memberTerms } from '#subgraphs/marketing/index';
import type { BasketPoints } from './basket-points.rules';

/**
 * The points of a basket, for `priceBasket`. Sends no statement without a customer, and none without an active program, whose settings are
 * cached.
 * @param db the caller's own connection: a caller in a transaction must not wait for a second connection.
 */
export async function basketPoints(
  ctx: RequestContext,
  db: Queryable,
  { customerId, redeemPoints }: { customerId?: string | null; redeemPoints?: number | null },
): Promise<BasketPoints> {
  const member = await memberTerms(ctx, db, customerId);
  return { member, redeem: redeemPoints ?? 0, hasCustomer: customerId != null };
}
