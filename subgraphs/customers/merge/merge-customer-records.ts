/** Merges two customers in this domain. The operation is in the domain orders, which merges what the other domains keep of them. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { invalid, notFound } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { latestOf } from '../consents/consents';
import { transferCredit } from '../credit';
import type { CustomerMerge } from '../customer-part';
import { emitCustomerChanged, presentId } from '../customers';
import { emptyCustomer } from '../erase-customer';
import { customerMerged } from '../events';
import { customerColumns, type CustomerRow } from '../model';
import { refreshKeys, updateCustomers } from '../write-customers';
import { mergedValues } from './merged-values.rules';

/**
 * Merges the records of two customers: fields, addresses, cards, groups, consents and the account. Both rows stay locked until the
 * commit. Emits "customer.merged" and "customer.changed".
 *
 * @returns the ids; undefined if the two are one customer already.
 * @throws PosProError 404; 422 if both ids are the same.
 */
export async function mergeCustomerRecords(
  tx: Transaction,
  ctx: RequestContext,
  ids: CustomerMerge,
): Promise<CustomerMerge | undefined> {
  const pair = await lockPair(tx, ids);
  if (!pair) return undefined;
  const { kept, duplicate } = pair;
  const merge = { keptId: kept.id, duplicateId: duplicate.id };
  await moveParts(tx, merge);
  await transferCredit(tx, ctx, { fromId: duplicate.id, toId: kept.id });
  await emptyCustomer(tx, duplicate.id, kept.id);
  // Customers who were merged with the duplicate before lead to the kept one as well, so that no id takes two steps.
  await tx.run(sql`
    update customers set merged_into_id = ${kept.id}
    where organization_id = ${tx.organizationId} and merged_into_id = ${duplicate.id}`);
  await updateKept(tx, kept, duplicate);
  tx.emit(
    customerMerged({ key: duplicate.id, payload: { customerId: duplicate.id, mergedIntoId: kept.id } }),
  );
  emitCustomerChanged(tx, kept.id);
  return merge;
}

/** Locks both, in the order of their ids. Undefined if they are one customer already. */
async function lockPair(
  tx: Transaction,
  { keptId, duplicateId }: CustomerMerge,
): Promise<{ kept: CustomerRow; duplicate: CustomerRow } | undefined> {
  for (const id of [keptId, duplicateId]) if (!isUuid(id)) throw notFound('customer', id);
  if (keptId.toLowerCase() === duplicateId.toLowerCase())
    throw invalid('duplicateId', 'Must be the id of another customer.');
  const both = sql`c.id in (${presentId(keptId)}, ${presentId(duplicateId)})`;
  await tx.run(sql`select c.id from customers c where ${both} order by c.id for update`);
  // Another merge may have committed meanwhile: only now the ids say for good which customers they mean.
  const presentIds = await tx.one<{ kept: string | null; duplicate: string | null }>(
    sql`select ${presentId(keptId)} as kept, ${presentId(duplicateId)} as duplicate`,
  );
  const rows = await tx.many<CustomerRow>(
    sql`select ${customerColumns.select('c')} from customers c where ${both} and c.erased_at is null order by c.id for update`,
  );
  const find = (presentIdOf: string | null, askedId: string) => {
    const row = rows.find(({ id }) => id === presentIdOf);
    if (!row) throw notFound('customer', askedId);
    return row;
  };
  const kept = find(presentIds.kept, keptId);
  const duplicate = find(presentIds.duplicate, duplicateId);
  return kept.id === duplicate.id ? undefined : { kept, duplicate };
}

/** Moves addresses, cards, groups and consents. The kept customer's default addresses stay the default. */
async function moveParts(tx: Transaction, { keptId, duplicateId }: CustomerMerge): Promise<void> {
  await tx.run(sql`
    update customer_addresses a set customer_id = ${keptId}, is_default = a.is_default and not exists (
      select from customer_addresses d where d.customer_id = ${keptId} and d.kind = a.kind and d.is_default)
    where a.customer_id = ${duplicateId}`);
  await tx.run(sql`update customer_cards set customer_id = ${keptId} where customer_id = ${duplicateId}`);
  await tx.run(sql`update customer_consents set customer_id = ${keptId} where customer_id = ${duplicateId}`);
  await tx.run(sql`
    insert into customer_group_members (customer_id, group_id, organization_id, added_at)
    select ${keptId}, group_id, organization_id, added_at from customer_group_members where customer_id = ${duplicateId}
    on conflict do nothing`);
}

async function updateKept(tx: Transaction, kept: CustomerRow, duplicate: CustomerRow): Promise<void> {
  const values = { ...mergedValues(kept, duplicate), creditLimitApprovedBy: null };
  await updateCustomers(tx, [values]);
  const after = await tx.one<CustomerRow>(sql`
    update customers c set updated_at = ${tx.now}, version = version + 1,
      marketing_consent = coalesce((${latestOf(kept.id, 'marketing')}), false)
    where c.id = ${kept.id} returning ${customerColumns.select('c')}`);
  await refreshKeys(tx, [after]);
}
