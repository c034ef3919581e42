import { throwFieldErrors } from '#kernel/validation';
import { type RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { PosProError, notFound, type FieldError } from '#kernel/errors';
import { searchColumns } from '#kernel/fold-text.rules';
import { maySee } from '#kernel/graph/guards';
import { byId } from '#kernel/graph/loader';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { isUuid } from '#kernel/ids';
import { formatMoney } from '#kernel/money';
import { ownOrganization } from '#subgraphs/auth/index';
import { creditDecision, assertPermitted } from './credit-limit';
import { customerErrors, normalizeCustomer, type CustomerValues } from './customer-input.rules';
import type { CreateCustomerInput, UpdateCustomerInput } from './inputs.generated';
import { customerColumns, type CustomerRow } from './model';
import { searchKeys } from './search-keys.rules';
import { customerKeys, customers, type NewCustomer as NewCustomerRow } from './tables.generated';
import { customerChanged, customerErased } from './events';

export type { CustomerRow } from './model';

/** Columns that are set when a customer is inserted. */
type Assigned =
  | 'organizationId'
  | 'creditBalance'
  | 'creditEntries'
  | 'updatedAt'
  | 'erasedAt'
  | 'searchText'
  | 'searchGrams';

/** A customer to insert; the demo shop sets its own ids and times. */
export interface NewCustomer extends Omit<NewCustomerRow, Assigned | 'tags' | 'createdAt'> {
  tags?: readonly string[];
  /** Defaults to the time of the transaction. */
  createdAt?: Date;
}

/** Inserts customers, in two statements. Omits a customer whose e-mail address another customer has. */
export async function insertCustomers(
  tx: Transaction,
  newCustomers: readonly NewCustomer[],
): Promise<CustomerRow[]> {
  const { organizationId } = tx;
  const rows = newCustomers.map(({ tags = [], createdAt = tx.now, ...customer }) =>
    customers.complete({
      ...customer,
      organizationId,
      email: customer.email?.toLowerCase(),
      tags: [...tags],
      createdAt,
      updatedAt: createdAt,
      ...searchColumns([customer.name, customer.email]),
    }),
  );
  const inserted = await tx.many<CustomerRow>(sql`
    insert into customers as c (${customers.columns})
    select ${customers.values('x')} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${customers.definitions})
    on conflict (organization_id, email) do nothing
    returning ${customerColumns.select('c')}`);
  await writeKeys(tx, inserted);
  return inserted;
}

/** New values of a customer. */
export interface CustomerChange extends CustomerValues {
  id: string;
  /** The user who approved a changed credit limit. */
  creditLimitApprovedBy: string | null;
}

const CHANGED = customers.pick(
  'name',
  'email',
  'phone',
  'taxNumber',
  'notes',
  'tags',
  'creditLimit',
  'marketingConsent',
  'searchText',
  'searchGrams',
);

/**
 * Updates customers, in three statements. The caller has locked their rows, and no other customer has their e-mail addresses.
 * @returns the customers that changed.
 */
export async function updateCustomers(
  tx: Transaction,
  changes: readonly CustomerChange[],
): Promise<CustomerRow[]> {
  const rows = changes.map((change) => ({ ...change, ...searchColumns([change.name, change.email]) }));
  const updated = await tx.many<CustomerRow>(sql`
    update customers c set (${CHANGED.columns}) = (${CHANGED.values('x')}), updated_at = ${tx.now},
      credit_limit_approved_by = case when c.credit_limit = x."creditLimit" then c.credit_limit_approved_by
        else x."creditLimitApprovedBy" end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id uuid, ${CHANGED.definitions}, "creditLimitApprovedBy" uuid)
    where c.id = x.id and row(${CHANGED.select('c')}) is distinct from row(${CHANGED.values('x')})
    returning ${customerColumns.select('c')}`);
  await tx.run(
    sql`delete from customer_keys where customer_id = any(${updated.map(({ id }) => id)}::uuid[])`,
  );
  await writeKeys(tx, updated);
  return updated;
}

/** The columns of a key, except for the organization, which is the same for all. */
const KEYS = customerKeys.omit('organizationId');

async function writeKeys(tx: Transaction, rows: readonly CustomerRow[]): Promise<void> {
  const keys = rows.flatMap((customer) =>
    searchKeys(customer).map((key) => ({ customerId: customer.id, key })),
  );
  await tx.run(sql`
    insert into customer_keys (organization_id, ${KEYS.columns})
    select ${tx.organizationId}, ${KEYS.values('x')}
    from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as x(${KEYS.definitions})`);
}

/**
 * Creates a customer.
 * @throws PosProError 403 APPROVAL_REQUIRED for a credit limit that the caller may not set without approval; 422 by field;
 * 409 ALREADY_EXISTS if another customer has the e-mail address.
 */
export async function createCustomer(ctx: RequestContext, input: CreateCustomerInput): Promise<CustomerRow> {
  const { currency } = await ownOrganization(ctx);
  throwFieldErrors(customerErrors(input, currency));
  const values = normalizeCustomer(input);
  const decision = await creditDecision(ctx, input.approval);
  if (!values.creditLimit.isZero()) assertPermitted(decision);
  const creditLimitApprovedBy = values.creditLimit.isZero() ? null : decision.approvedBy;
  const id = ctx.ids.next();
  return transact(ctx, async (tx) => {
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
  return transact(ctx, async (tx) => {
    const before = await lockCustomer(tx, id);
    assertVersion(tx, 'customer', before, input.version);
    const values = { ...before, ...input, name: input.name ?? before.name };
    throwFieldErrors(customerErrors(values, before.currency));
    const after = normalizeCustomer(values);
    const sameLimit = after.creditLimit.equals(before.creditLimit);
    if (!sameLimit) assertPermitted(decision);
    if (after.email !== null && after.email !== before.email) {
      if ((await tx.prisma.customer.count({ where: { email: after.email } })) > 0) throw emailTaken();
    }
    const [updated] = await updateCustomers(tx, [
      { id, ...after, creditLimitApprovedBy: decision.approvedBy },
    ]);
    if (!updated) return before;
    emitCustomerChanged(tx, id);
    return updated;
  });
}

/** The name of an erased customer in old sales. */
const ERASED_NAME = 'Deleted customer';

/**
 * Erases personal data: the customer's fields, addresses and search keys. Sales and the account's entries remain, under an id that
 * no longer identifies a person.
 * @throws PosProError 404; 409 ILLEGAL_STATE while the account is not settled, and CONFLICT for another version.
 */
export async function deleteCustomer(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const customer = await lockCustomer(tx, id);
    assertVersion(tx, 'customer', customer, version);
    if (!customer.creditBalance.isZero()) throw notSettled(ctx, customer);
    await tx.run(sql`
      update customers c set name = ${ERASED_NAME}, email = null, phone = null, tax_number = null, notes = null, tags = '{}',
        credit_limit = 0, marketing_consent = false, search_text = '', search_grams = '', updated_at = ${tx.now}, erased_at = ${tx.now}
      where c.id = ${id}`);
    await tx.prisma.customerKey.deleteMany({ where: { customerId: id } });
    await tx.prisma.customerAddress.deleteMany({ where: { customerId: id } });
    tx.emit(customerErased({ key: id, payload: { customerId: id } }));
    return deletionOf(customer.id);
  });
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

/**
 * Locks a customer until the commit, and reads it.
 * @throws PosProError 404 for an unknown or erased customer.
 */
export async function lockCustomer(tx: Transaction, id: string): Promise<CustomerRow> {
  const customer = isUuid(id)
    ? await tx.maybeOne<CustomerRow>(sql`
        select ${customerColumns.select('c')} from customers c where c.id = ${id} and c.erased_at is null for no key update`)
    : undefined;
  if (!customer) throw notFound('customer', id);
  return customer;
}

/** The customer with an id; undefined for an unknown or erased customer. */
export async function customerById(db: Queryable, id: string): Promise<CustomerRow | undefined> {
  const customer = (await customersByIds(db, [id])).get(id);
  return customer?.erasedAt === null ? customer : undefined;
}

/** The customer with an id. @throws PosProError 404 for an unknown or erased customer. */
export async function requireCustomer(db: Queryable, id: string): Promise<CustomerRow> {
  const customer = await customerById(db, id);
  if (!customer) throw notFound('customer', id);
  return customer;
}

/** Customers by their ids, including erased ones: old sales still name them. */
export async function customersByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CustomerRow>> {
  const uuids = ids.filter(isUuid);
  return byId(
    await db.many<CustomerRow>(
      sql`select ${customerColumns.select('c')} from customers c where c.id = any(${uuids}::uuid[])`,
    ),
  );
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
