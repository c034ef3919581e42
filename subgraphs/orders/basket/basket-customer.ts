/** The customer of a sale or a return. An erased customer counts as unknown. */
import type { Queryable } from '#kernel/db/database';
import { isUuid } from '#kernel/ids';
import { customerById } from '#subgraphs/customers/index';
import { fieldIssue, throwIssues, type Issue } from '../issues.rules';

/** The issue of a customer who does not exist; empty if the sale names none. */
export async function customerIssues(db: Queryable, customerId: string | null | undefined): Promise<Issue[]> {
  if (customerId == null) return [];
  const customer = isUuid(customerId) ? await customerById(db, customerId) : undefined;
  return customer && customer.erasedAt == null ? [] : [unknownCustomer(customerId)];
}

/** @throws PosProError 422 for an unknown customer. */
export async function requireCustomer(db: Queryable, customerId: string | null | undefined): Promise<void> {
  throwIssues(await customerIssues(db, customerId));
}

export function unknownCustomer(customerId: string): Issue {
  return fieldIssue('customerId', `There is no customer with the id "${customerId}".`, 'CUSTOMER_NOT_FOUND');
}
