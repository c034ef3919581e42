/** Erases a customer, with the texts that the domains keep of the customer. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { eraseCustomer } from '#subgraphs/customers/index';
import { CUSTOMER_PARTS } from './domain-parts';

/**
 * Erases personal data for good. Orders, payments and the account's entries remain, under an id that no longer identifies a person.
 * @throws PosProError 404; 409 ILLEGAL_STATE while the account is not settled, and CONFLICT for another version.
 */
export async function deleteCustomer(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const customer = await eraseCustomer(tx, ctx, id, version);
    for (const part of CUSTOMER_PARTS) await part.erase?.(tx, ctx, customer.id);
    await forgetAnswers(tx, customer.id);
    return deletionOf(customer.id);
  });
}

/**
 * Empties the stored answers that name the customer. A repetition of such a request is rejected, as one whose key was used for another
 * request: it must not be done twice, and its answer is gone.
 */
async function forgetAnswers(tx: Transaction, customerId: string): Promise<void> {
  await tx.run(sql`
    update idempotency_keys set response = 'null', request_hash = repeat('0', 64)
    where organization_id = ${tx.organizationId} and strpos(response::text, ${customerId}) > 0`);
}
