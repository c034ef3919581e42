/** The part of campaigns and codes in merges of customers. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import type { CustomerMerge, CustomerPart } from '#subgraphs/customers/index';
import { campaignChanged } from '../events';

export const discountsPart: CustomerPart = { merge: mergeUses };

/**
 * Gives the codes, the campaigns and the uses of the duplicate to the kept customer: a code that either of them has used is used. The
 * entries of orders keep their keys; `releaseDiscounts` reads the customer from the order.
 */
async function mergeUses(
  tx: Transaction,
  _: RequestContext,
  { keptId, duplicateId }: CustomerMerge,
): Promise<void> {
  const { organizationId } = tx;
  await tx.run(sql`
    update discount_codes set customer_id = ${keptId}
    where organization_id = ${organizationId}::uuid and customer_id = ${duplicateId}::uuid`);
  const changed = await tx.many<{ id: string }>(sql`
    update campaigns set updated_at = ${tx.now}, customer_ids = array(
      select distinct unnest(array_replace(customer_ids, ${duplicateId}::uuid, ${keptId}::uuid)))
    where organization_id = ${organizationId}::uuid and customer_ids @> array[${duplicateId}::uuid]
    returning id`);
  for (const { id } of changed)
    tx.emit(campaignChanged({ key: id, payload: { campaignId: id, change: 'updated' } }));
  await tx.run(sql`
    with ended as (
      update customer_uses set uses = 0
      where organization_id = ${organizationId}::uuid and customer_key = ${duplicateId} and uses > 0
      returning subject_id
    ), taken as (
      select u.subject_id, u.uses from customer_uses u join ended using (subject_id)
      where u.organization_id = ${organizationId}::uuid and u.customer_key = ${duplicateId}
    )
    insert into customer_uses (organization_id, subject_id, customer_key, uses)
    select ${organizationId}::uuid, subject_id, ${keptId}, uses from taken
    on conflict (organization_id, subject_id, customer_key) do update set uses = customer_uses.uses + excluded.uses`);
}
