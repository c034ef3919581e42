/** Changes of points that time brings: pending points become available, points expire, tiers are reviewed, birthdays come. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { invariant } from '#kernel/errors';
import { customerTierChanged } from '../events';
import type { LoyaltyAccountRow } from '../tables.generated';
import type { DueBirthday } from './birthdays.rules';
import { spendSince } from './members.queries';
import { lotOf } from './order-points';
import { drainLots, postPoints } from './points-ledger';
import { loyaltyProgram, type LoyaltyProgram } from './program';
import { reviewedTier, type TierSpend } from './tier-review.rules';
import { listTiers } from './tiers';

/** Locks the account of a customer. @returns undefined for a customer who is not enrolled. */
async function lockAccount(tx: Transaction, customerId: string): Promise<LoyaltyAccountRow | undefined> {
  return tx.maybeOne<LoyaltyAccountRow>(
    sql`select * from loyalty_accounts where customer_id = ${customerId} for update`,
  );
}

/** Makes pending points of a customer available, and ends those that have expired; an entry for each. */
export async function sweepLots(tx: Transaction, ctx: RequestContext, customerId: string): Promise<void> {
  // The lots are read after the lock: their sums belong to the balance that it guards.
  if (!(await lockAccount(tx, customerId))) return;
  const available = await tx.one<{ points: number }>(sql`
    with released as (
      update loyalty_lots set pending = false
      where customer_id = ${customerId} and pending and remaining > 0 and available_at <= ${tx.now} returning remaining
    )
    select coalesce(sum(remaining), 0)::int as points from released`);
  if (available.points > 0) {
    const change = { points: available.points, pendingPoints: -available.points };
    const entry = await postPoints(tx, ctx, { customerId, kind: 'release', ...change });
    invariant(entry, 'a customer with points is enrolled');
    drainLots(tx, entry);
  }
  const expired = await tx.one<{ points: number }>(sql`
    with due as (
      select id, remaining from loyalty_lots
      where customer_id = ${customerId} and not pending and remaining > 0 and expires_at <= ${tx.now}
    ), ended as (
      update loyalty_lots l set remaining = 0, expired = l.expired + due.remaining from due where l.id = due.id
      returning due.remaining as points
    )
    select coalesce(sum(points), 0)::int as points from ended`);
  if (expired.points > 0) await postPoints(tx, ctx, { customerId, kind: 'expire', points: -expired.points });
}

/** Computes the tier of a customer. Emits "customer_tier.changed". */
export async function reviewTier(tx: Transaction, customerId: string): Promise<void> {
  const account = await lockAccount(tx, customerId);
  if (!account) return;
  const { tierMonths } = await loyaltyProgram(tx);
  const tiers = await listTiers(tx);
  const { until, ...spend } = await tx.one<TierSpend & { until: Date }>(sql`
    select ${spendSince(sql`${customerId}`, tx.now, tierMonths)} as current,
      ${spendSince(sql`${customerId}`, account.tierSince ?? tx.now, tierMonths)} as at_since,
      ${tx.now}::timestamptz + make_interval(months => ${tierMonths}) as until`);
  const held = reviewedTier(account, tiers, spend, { now: tx.now, until });
  await tx.run(sql`
    update loyalty_accounts set tier_id = ${held.tierId}, tier_since = ${held.tierSince}, tier_until = ${held.tierUntil},
      review_at = ${held.tierUntil}, updated_at = ${tx.now}
    where customer_id = ${customerId}`);
  const change = { customerId, tierId: held.tierId, previousTierId: account.tierId };
  if (held.tierId !== account.tierId) tx.emit(customerTierChanged({ key: customerId, payload: change }));
}

/** Grants the points of a birthday, once a year. @returns whether they were granted now. */
export async function grantBirthday(
  tx: Transaction,
  ctx: RequestContext,
  customerId: string,
  { birthday, year }: DueBirthday,
): Promise<boolean> {
  const program: LoyaltyProgram = await loyaltyProgram(tx);
  if (!program.active || program.birthdayPoints === 0) return false;
  const claimed = await tx.run(sql`
    update loyalty_accounts set birthday_year = ${year}
    where customer_id = ${customerId} and birthday = ${birthday} and (birthday_year is null or birthday_year < ${year})`);
  if (claimed === 0) return false;
  const lot = lotOf({ ...program, holdDays: 0 }, program.birthdayPoints, tx.now, tx.now);
  await postPoints(tx, ctx, { customerId, kind: 'birthday', points: program.birthdayPoints, lot });
  return true;
}
