/** Merges two customers, with everything that the domains keep of them. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { isUuid } from '#kernel/ids';
import { mergeCustomerRecords, requireCustomer } from '#subgraphs/customers/index';
import type { MergeCustomersInput } from '../inputs.generated';
import { CUSTOMER_PARTS } from './domain-parts';

/**
 * Merges a duplicate into a customer, in one transaction. From then on, the duplicate's id answers with the customer. Two who are one
 * customer already stay as they are.
 * @returns the id of the customer who remains.
 * @throws PosProError 404; 422 if both ids are the same.
 */
export async function mergeCustomers(
  ctx: RequestContext,
  id: string,
  { duplicateId }: MergeCustomersInput,
): Promise<{ id: string }> {
  await transact(
    ctx,
    async (tx) => {
      await lockOrdersOf(tx, duplicateId);
      const merge = await mergeCustomerRecords(tx, ctx, { keptId: id, duplicateId });
      if (merge) for (const part of CUSTOMER_PARTS) await part.merge?.(tx, ctx, merge);
      return { merged: merge !== undefined };
    },
    { idempotent: { operation: 'mergeCustomers', input: { id, duplicateId } } },
  );
  return { id: (await requireCustomer(ctx.db, id)).id };
}

/** Orders are locked before customers everywhere, as a refund does. The sale of an order that is inserted meanwhile ends by itself. */
async function lockOrdersOf(tx: Transaction, customerId: string): Promise<void> {
  if (!isUuid(customerId)) return;
  await tx.run(sql`
    select o.id from orders o where o.organization_id = ${tx.organizationId} and o.customer_id = ${customerId} order by o.id for update`);
}
