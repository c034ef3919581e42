/** Keys by which limits of a customer count: a guest is known by the hash of a mail address or a phone number. */
import { createHash } from 'node:crypto';
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { phoneCountry } from '#subgraphs/auth/index';
import { customerById, e164, readPhone } from '#subgraphs/customers/index';

/** A customer, or the contact of a guest. */
export interface Buyer {
  readonly customerId: string | null;
  readonly email?: string | null | undefined;
  /** As typed. */
  readonly phone?: string | null | undefined;
}

/**
 * The keys of a buyer; empty for an unknown one. A customer also has those of the own mail address and phone number, so that a code for
 * one use cannot be used once with an account and once without. One statement for a customer, and one for the
 * phone number of a guest.
 */
export async function customerKeys(
  ctx: RequestContext,
  db: Queryable,
  { customerId, email, phone }: Buyer,
): Promise<string[]> {
  const customer = customerId === null ? undefined : await customerById(db, customerId);
  const e164OfPhone = phone?.trim() ? e164(phone, await phoneCountry(ctx, db)) : null;
  const contacts = [
    ...[email, customer?.email].map((address) => address?.trim().toLowerCase()),
    ...[e164OfPhone ?? digitsOf(phone), customer?.phoneE164 ?? digitsOf(customer?.phone)],
  ];
  const keys = contacts.flatMap((contact) => (contact ? [hashed(db.organizationId, contact)] : []));
  return [...new Set([...(customer ? [customer.id] : []), ...keys])].sort();
}

/** A number that is not a valid one is compared by its digits without leading zeros, in whatever script and with whatever marks it was typed. */
function digitsOf(phone: string | null | undefined): string | undefined {
  return phone?.trim() ? readPhone(phone).digits.replace(/^0+/, '') || '0' : undefined;
}

/** Differs between organizations, so that a hash says nothing about the customers of another one. */
function hashed(organizationId: string, contact: string): string {
  return createHash('sha256').update(`${organizationId} ${contact}`).digest('base64url');
}
