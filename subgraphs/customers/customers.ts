import { throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql, type Transaction } from '#kernel/db/database';
import { isUniqueViolation } from '#kernel/db/pg-errors';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { PosProError, notFound, type FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { ownOrganization, phoneCountry } from '#subgraphs/auth/index';
import { creditDecision, assertPermitted } from './credit-limit';
import { customerErrors, normalizeCustomer } from './customer-input.rules';
import type { CreateCustomerInput, UpdateCustomerInput } from './inputs.generated';
import { assertNoCard, codeTaken } from './cards/scanned-numbers';
import { customerColumns, type CustomerRow } from './model';
import { insertCustomers, updateCustomers } from './write-customers';
import { customerChanged } from './events';

export type { CustomerRow } from './model';

/**
 * Creates a customer.
 * @throws PosProError 403 APPROVAL_REQUIRED for a credit limit that the caller may not set without approval; 422 by field;
 * 409 ALREADY_EXISTS if another customer has the e-mail address.
 */
export async function createCustomer(ctx: RequestContext, input: CreateCustomerInput): Promise<CustomerRow> {
  const { currency } = await ownOrganization(ctx);
  throwFieldErrors(customerErrors(input, currency));
  const values = normalizeCustomer(input, await countryFor(ctx, input.phone));
  const decision = await creditDecision(ctx, input.approval);
  if (!values.creditLimit.isZero()) assertPermitted(decision);
  const creditLimitApprovedBy = values.creditLimit.isZero() ? null : decision.approvedBy;
  const id = ctx.ids.next();
  return withFreeCode(ctx, values.code, async (tx) => {
    const [customer] = await insertCustomers(tx, [{ id, currency, creditLimitApprovedBy, ...values }]);
    if (!customer) throw emailTaken();
    emitCustomerChanged(tx, id);
    return customer;
  });
}

/**
 * Updates a customer. Omitted fields do not change; null clears a field.
 * @throws PosProError 403 APPROVAL_REQUIRED for a changed credit limit that the caller may not set without approval; 404; 422 by
 * field; 409 ALREADY_EXISTS if another customer has the e-mail address, and CONFLICT for another version.
 */
export async function updateCustomer(
  ctx: RequestContext,
  id: string,
  input: UpdateCustomerInput,
): Promise<CustomerRow> {
  const decision = await creditDecision(ctx, input.approval);
  const country = await countryFor(ctx, input.phone);
  return withFreeCode(ctx, input.code, async (tx) => {
    const before = await lockCustomer(tx, id);
    assertVersion(tx, 'customer', before, input.version);
    const values = { ...before, ...input, name: input.name ?? before.name };
    throwFieldErrors(customerErrors(values, before.currency));
    const after = normalizeCustomer(values, country, before);
    const sameLimit = after.creditLimit.equals(before.creditLimit);
    if (!sameLimit) assertPermitted(decision);
    if (after.email !== null && after.email !== before.email) {
      if ((await tx.prisma.customer.count({ where: { email: after.email } })) > 0) throw emailTaken();
    }
    const [updated] = await updateCustomers(tx, [
      {
        id: before.id,
        ...after,
        creditLimitApprovedBy: decision.approvedBy,
        hadConsent: before.marketingConsent,
      },
    ]);
    if (!updated) return before;
    emitCustomerChanged(tx, before.id);
    return updated;
  });
}

/** Runs a write in a transaction. @throws PosProError 409 ALREADY_EXISTS if another customer has the code, or a card with its number. */
async function withFreeCode<Result>(
  ctx: RequestContext,
  code: string | null | undefined,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  try {
    return await transact(ctx, async (tx) => {
      if (code != null) await assertNoCard(tx, code);
      return work(tx);
    });
  } catch (error) {
    throw isUniqueViolation(error, 'customers_organization_id_code_key') ? codeTaken('code') : error;
  }
}

/** The country of a phone number without a country code; it is not read where there is no number. */
async function countryFor(
  ctx: RequestContext,
  phone: string | null | undefined,
): Promise<string | undefined> {
  return phone == null ? undefined : phoneCountry(ctx);
}

/**
 * Locks a customer until the commit, and reads it; of a merged one, the customer that it became.
 * @throws PosProError 404 for an unknown or erased customer.
 */
export async function lockCustomer(tx: Transaction, id: string): Promise<CustomerRow> {
  const lock = () =>
    tx.maybeOne<CustomerRow>(sql`
      select ${customerColumns.select('c')} from customers c where c.id = ${presentId(id)} and c.erased_at is null for no key update`);
  // A customer who is merged while this waits for the lock is found at the second attempt.
  const customer = isUuid(id) ? ((await lock()) ?? (await lock())) : undefined;
  if (!customer) throw notFound('customer', id);
  return customer;
}

/** The id of a customer, as an expression: of a merged one, that of the customer that it became. */
export function presentId(id: string): Sql {
  return sql`(select coalesce(p.merged_into_id, p.id) from customers p where p.id = ${id}::uuid)`;
}

/**
 * The condition of a filter by customer; none without an id. The id of a merged customer matches the rows of the customer that it became.
 *
 * @param column a column of type uuid.
 */
export function ofCustomer(column: Sql, id: string | null | undefined): Sql[] {
  if (id == null) return [];
  return isUuid(id) ? [sql`${column} = ${presentId(id)}`] : [sql`false`];
}

/** The customer with an id; of a merged one, the customer that it became. Undefined for an unknown or erased customer. */
export async function customerById(db: Queryable, id: string): Promise<CustomerRow | undefined> {
  const customer = (await customersByIds(db, [id])).get(id.toLowerCase());
  return customer?.erasedAt === null ? customer : undefined;
}

/** The customer with an e-mail address; undefined without one. @param email in lower case, as it is stored. */
export function customerByEmail(db: Queryable, email: string): Promise<CustomerRow | undefined> {
  return db.maybeOne<CustomerRow>(
    sql`select ${customerColumns.select('c')} from customers c where c.email = ${email} and c.erased_at is null`,
  );
}

/**
 * The customer with an id; of a merged one, the customer that it became.
 * @throws PosProError 404 for an unknown or erased customer.
 */
export async function requireCustomer(db: Queryable, id: string): Promise<CustomerRow> {
  const customer = await customerById(db, id);
  if (!customer) throw notFound('customer', id);
  return customer;
}

/** Customers by the given ids, including erased ones: old sales still name them. In place of a merged one, the customer that it became. */
export async function customersByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CustomerRow>> {
  const rows = await rowsByIds(db, ids.filter(isUuid));
  const erased = [...rows.values()].filter(({ erasedAt }) => erasedAt !== null);
  if (erased.length === 0) return rows;
  const merges = await db.many<{ id: string; mergedIntoId: string }>(sql`
    select c.id, c.merged_into_id from customers c
    where c.id = any(${erased.map(({ id }) => id)}::uuid[]) and c.merged_into_id is not null`);
  const present = await rowsByIds(
    db,
    merges.map(({ mergedIntoId }) => mergedIntoId),
  );
  return new Map([
    ...rows,
    ...merges.map(({ id, mergedIntoId }) => [id, present.get(mergedIntoId)!] as const),
  ]);
}

async function rowsByIds(db: Queryable, ids: readonly string[]): Promise<Map<string, CustomerRow>> {
  const rows = await db.many<CustomerRow>(
    sql`select ${customerColumns.select('c')} from customers c where c.id = any(${ids}::uuid[])`,
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/** The field error of an e-mail address that another customer has. */
export const EMAIL_TAKEN: FieldError = { field: 'email', message: 'Another customer has it.', code: 'TAKEN' };

/** A 409 for an e-mail address that another customer has. */
export function emailTaken(): PosProError {
  return new PosProError('ALREADY_EXISTS', 'Another customer has this e-mail address.', {
    errors: [EMAIL_TAKEN],
  });
}

/** Emits that a customer changed. The event has no personal data, which would outlive the customer's erasure. */
export function emitCustomerChanged(tx: Transaction, customerId: string): void {
  tx.emit(customerChanged({ key: customerId, payload: { customerId } }));
}

/** Raises the version of a customer a part of which has changed: an address, a card, a group, a consent. Emits "customer.changed". */
export async function touchCustomer(tx: Transaction, customerId: string): Promise<void> {
  await tx.run(
    sql`update customers set version = version + 1, updated_at = ${tx.now} where id = ${customerId}`,
  );
  emitCustomerChanged(tx, customerId);
}
