/** The loyalty program's part in merges and erasures of customers. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import type { CustomerMerge, CustomerPart } from '#subgraphs/customers/index';
import { loyaltyAccounts, type LoyaltyAccountRow } from '../tables.generated';
import { drainLots, postPoints } from './points-ledger';

export const loyaltyPart: CustomerPart = { merge: mergeMembers, erase: eraseMember };

/**
 * Moves the points of the duplicate, with their lots and dates, to the kept customer. The spend of both counts for the tier, and the
 * kept customer has the higher tier of the two until its next review.
 */
async function mergeMembers(
  tx: Transaction,
  ctx: RequestContext,
  { keptId, duplicateId }: CustomerMerge,
): Promise<void> {
  const accounts = await tx.many<LoyaltyAccountRow>(sql`
    select ${loyaltyAccounts.select('a')} from loyalty_accounts a where a.customer_id in (${keptId}, ${duplicateId})
    order by a.customer_id for update`);
  const duplicate = accounts.find(({ customerId }) => customerId === duplicateId);
  if (!duplicate) return;
  const { balance, pending } = duplicate;
  const merge = { kind: 'merge', referenceType: 'customer' } as const;
  await postPoints(tx, ctx, {
    ...merge,
    customerId: duplicateId,
    referenceId: keptId,
    points: 0 - balance,
    pendingPoints: 0 - pending,
  });
  const entry = await postPoints(tx, ctx, {
    ...merge,
    customerId: keptId,
    referenceId: duplicateId,
    points: balance,
    pendingPoints: pending,
    enrolls: true,
    reviewAt: tx.now,
  });
  await tx.run(sql`update loyalty_lots set customer_id = ${keptId} where customer_id = ${duplicateId}`);
  // A negative balance of one customer is settled by the points of the other.
  if (entry) drainLots(tx, entry);
  await tx.run(sql`
    update loyalty_accounts k set
      (tier_id, tier_since, tier_until) = (
        select a.tier_id, a.tier_since, a.tier_until from loyalty_accounts a left join loyalty_tiers t on t.id = a.tier_id
        where a.customer_id in (${keptId}, ${duplicateId}) order by t.threshold desc nulls last, a.tier_until desc limit 1),
      birthday = coalesce(k.birthday, ${duplicate.birthday}), birthday_year = greatest(k.birthday_year, ${duplicate.birthdayYear}::int),
      enrolled_at = least(k.enrolled_at, ${duplicate.enrolledAt})
    where k.customer_id = ${keptId}`);
  await tx.run(sql`
    update loyalty_accounts set merged_into_id = ${keptId}, tier_id = null, tier_since = null, tier_until = null, review_at = null,
      birthday = null
    where customer_id = ${duplicateId}`);
  // Customers who were merged with the duplicate before lead to the kept one.
  await tx.run(
    sql`update loyalty_accounts set merged_into_id = ${keptId} where merged_into_id = ${duplicateId}`,
  );
}

/** Removes the birthday, and the texts of entries. The points and their entries remain, under an id that no longer identifies a person. */
async function eraseMember(tx: Transaction, _ctx: RequestContext, customerId: string): Promise<void> {
  await tx.run(sql`update loyalty_accounts set birthday = null where customer_id = ${customerId}`);
  await tx.run(sql`
    update loyalty_entries set reason = null, reference = null
    where customer_id = ${customerId} and (reason is not null or reference is not null)`);
}
