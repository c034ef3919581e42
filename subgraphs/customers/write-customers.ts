/** Inserts and updates customers in bulk, with their search keys and the consents that follow from them. */
import { sql, type Transaction } from '#kernel/db/database';
import { searchColumns } from '#kernel/fold-text.rules';
import { insertConsents, type ConsentSource } from './consents/insert-consents';
import type { CustomerValues } from './customer-input.rules';
import { emailKey } from './duplicates';
import { customerColumns, type CustomerRow } from './model';
import { digitsOf, searchKeys, type SearchedFields } from './search-keys.rules';
import { customerKeys, customers, type NewCustomer as NewCustomerRow } from './tables.generated';

/** Columns that are set when a customer is inserted. */
type Assigned =
  | 'organizationId'
  | 'creditBalance'
  | 'creditEntries'
  | 'updatedAt'
  | 'erasedAt'
  | 'mergedIntoId'
  | 'emailKey'
  | 'searchText'
  | 'searchGrams';

/** A customer to insert; the demo shop sets its own ids and times. */
export interface NewCustomer extends Omit<NewCustomerRow, Assigned | 'tags' | 'createdAt'> {
  tags?: readonly string[];
  /** Defaults to the time of the transaction. */
  createdAt?: Date;
}

/**
 * Inserts customers, in two statements, and one more for those who agreed to advertising. Omits a customer whose e-mail address another
 * customer has.
 * @param source of the consents.
 */
export async function insertCustomers(
  tx: Transaction,
  newCustomers: readonly NewCustomer[],
  source: ConsentSource = 'staff',
): Promise<CustomerRow[]> {
  const { organizationId } = tx;
  const rows = newCustomers.map(({ tags = [], createdAt = tx.now, ...customer }) =>
    customers.complete({
      ...customer,
      organizationId,
      email: customer.email?.toLowerCase(),
      emailKey: emailKey(customer.email),
      tags: [...tags],
      createdAt,
      updatedAt: createdAt,
      ...searched(customer),
    }),
  );
  const inserted = await tx.many<CustomerRow>(sql`
    insert into customers as c (${customers.columns})
    select ${customers.values('x')} from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(${customers.definitions})
    on conflict (organization_id, email) do nothing
    returning ${customerColumns.select('c')}`);
  await writeKeys(tx, inserted);
  await insertConsents(
    tx,
    inserted.filter(({ marketingConsent }) => marketingConsent).map(marketing),
    source,
  );
  return inserted;
}

/** New values of a customer. */
export interface CustomerChange extends CustomerValues {
  id: string;
  /** The user who approved a changed credit limit. */
  creditLimitApprovedBy: string | null;
  /** Whether the customer agreed to advertising before. */
  hadConsent: boolean;
}

const CHANGED = customers.pick(
  'code',
  'name',
  'email',
  'emailKey',
  'phone',
  'phoneE164',
  'taxNumber',
  'language',
  'notes',
  'tags',
  'creditLimit',
  'paymentDays',
  'marketingConsent',
  'searchText',
  'searchGrams',
);

/**
 * Updates customers, in three statements, and one more for changed consents. The caller has locked their rows, and no other customer has
 * their e-mail addresses.
 * @param source of the consents.
 * @returns the customers that changed.
 */
export async function updateCustomers(
  tx: Transaction,
  changes: readonly CustomerChange[],
  source: ConsentSource = 'staff',
): Promise<CustomerRow[]> {
  const rows = changes.map((change) => ({
    ...change,
    emailKey: emailKey(change.email),
    ...searched(change),
  }));
  const updated = await tx.many<CustomerRow>(sql`
    update customers c set (${CHANGED.columns}) = (${CHANGED.values('x')}), updated_at = ${tx.now},
      credit_limit_approved_by = case when c.credit_limit = x."creditLimit" then c.credit_limit_approved_by
        else x."creditLimitApprovedBy" end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id uuid, ${CHANGED.definitions}, "creditLimitApprovedBy" uuid)
    where c.id = x.id and row(${CHANGED.select('c')}) is distinct from row(${CHANGED.values('x')})
    returning ${customerColumns.select('c')}`);
  await refreshKeys(tx, updated);
  const decided = changes.filter((change) => change.marketingConsent !== change.hadConsent);
  await insertConsents(tx, decided.map(marketing), source);
  return updated;
}

/** The columns of a key, except for the organization, which is the same for all. */
const KEYS = customerKeys.omit('organizationId');

/** Replaces the search keys of customers. */
export async function refreshKeys(tx: Transaction, rows: readonly CustomerRow[]): Promise<void> {
  await tx.run(sql`delete from customer_keys where customer_id = any(${rows.map(({ id }) => id)}::uuid[])`);
  await writeKeys(tx, rows);
}

async function writeKeys(tx: Transaction, rows: readonly CustomerRow[]): Promise<void> {
  const keys = rows.flatMap((customer) =>
    searchKeys(customer).map((key) => ({ customerId: customer.id, key })),
  );
  await tx.run(sql`
    insert into customer_keys (organization_id, ${KEYS.columns})
    select ${tx.organizationId}::uuid, ${KEYS.values('x')}
    from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as x(${KEYS.definitions})
    union select organization_id, ${KEYS.select('k')} from customer_cards d, lateral (
      select d.customer_id, lower(word) as key from regexp_split_to_table(d.number, '[^A-Z0-9]+') word where word <> ''
    ) k where d.customer_id = any(${rows.map(({ id }) => id)}::uuid[])`);
}

/** The columns for searches inside words: the name, the e-mail address, the code, and the digits of the phone number. */
function searched({ name, email, phone, code }: SearchedFields) {
  return searchColumns([name, email, code, phone && digitsOf(phone)]);
}

const marketing = ({ id, marketingConsent }: Pick<CustomerRow, 'id' | 'marketingConsent'>) => ({
  customerId: id,
  purpose: 'marketing' as const,
  granted: marketingConsent,
});
