/** No number means two customers: a customer's code and the number of another's card are never the same. */
import { sql, type Transaction } from '#kernel/db/database';
import { PosProError } from '#kernel/errors';
import { scannedNumber } from './scanned-numbers.rules';

/** A 409 for a number that another customer has, as a code or on a card. */
export function codeTaken(field: 'code' | 'number'): PosProError {
  const message = 'Another customer has this code, or a card with this number.';
  return new PosProError('ALREADY_EXISTS', message, { errors: [{ field, message, code: 'TAKEN' }] });
}

/** @throws PosProError 409 ALREADY_EXISTS if a card has the number. */
export async function assertNoCard(tx: Transaction, code: string): Promise<void> {
  const number = scannedNumber(code);
  if (number !== null && (await tx.prisma.customerCard.count({ where: { number } })) > 0)
    throw codeTaken('code');
}

/** @throws PosProError 409 ALREADY_EXISTS if a customer has the code. */
export async function assertNoCode(tx: Transaction, code: string): Promise<void> {
  const taken = await tx.maybeOne(
    sql`select c.id from customers c where c.organization_id = ${tx.organizationId} and c.code = ${code}`,
  );
  if (taken) throw codeTaken('number');
}
