/** Erasure of a customer's personal data in this domain. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { assertVersion } from '#kernel/db/versions';
import { PosProError } from '#kernel/errors';
import { maySee } from '#kernel/graph/guards';
import { formatMoney } from '#kernel/money';
import { lockCustomer } from './customers';
import { customerErased } from './events';
import type { CustomerRow } from './model';

/** The name of an erased customer in old sales. */
const ERASED_NAME = 'Deleted customer';

/**
 * Erases a customer's personal data: the fields, addresses, cards, consents, groups and search keys. The account's entries remain,
 * under an id that no longer identifies a person. Emits "customer.erased".
 * @returns the customer before.
 * @throws PosProError 404; 409 ILLEGAL_STATE while the account is not settled, and CONFLICT for another version.
 */
export async function eraseCustomer(
  tx: Transaction,
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<CustomerRow> {
  const customer = await lockCustomer(tx, id);
  assertVersion(tx, 'customer', customer, version);
  if (!customer.creditBalance.isZero()) throw notSettled(ctx, customer);
  await emptyCustomer(tx, customer.id);
  tx.emit(customerErased({ key: customer.id, payload: { customerId: customer.id } }));
  return customer;
}

/**
 * Empties the row of a customer, and deletes what belongs to it.
 * @param mergedIntoId the customer with whom this one is merged; null for an erasure.
 */
export async function emptyCustomer(
  tx: Transaction,
  customerId: string,
  mergedIntoId: string | null = null,
): Promise<void> {
  await tx.run(sql`
    update customers c set name = ${ERASED_NAME}, code = null, email = null, email_key = null, phone = null, phone_e164 = null,
      tax_number = null, language = null, notes = null, tags = '{}', credit_limit = 0, marketing_consent = false, search_text = '', search_grams = '',
      updated_at = ${tx.now}, erased_at = ${tx.now}, merged_into_id = ${mergedIntoId}::uuid
    where c.id = ${customerId}`);
  const where = { customerId };
  await tx.prisma.customerKey.deleteMany({ where });
  await tx.prisma.customerAddress.deleteMany({ where });
  await tx.prisma.customerCard.deleteMany({ where });
  await tx.prisma.customerConsent.deleteMany({ where });
  await tx.prisma.customerGroupMember.deleteMany({ where });
}

/** Shows the balance only to callers who may see it. */
function notSettled(ctx: RequestContext, { creditBalance, currency }: CustomerRow): PosProError {
  const message = 'The account is not settled. Delete the customer when the balance is zero.';
  const mayShow = maySee(ctx, [['customers:read']]);
  return new PosProError(
    'ILLEGAL_STATE',
    message,
    mayShow ? { details: { balance: formatMoney(creditBalance, currency) } } : {},
  );
}
