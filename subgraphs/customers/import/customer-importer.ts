import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { isUniqueViolation } from '#kernel/db/pg-errors';
import type { BatchResult, ImportKind, Importer, RowError, SeenKeys } from '#kernel/import/importer';
import { ownOrganization, phoneCountry } from '#subgraphs/auth/index';
import { LIMIT_NOT_PERMITTED, creditDecision, type CreditDecision } from '../credit-limit';
import { EMAIL_TAKEN, emailTaken, emitCustomerChanged } from '../customers';
import type { CreditApprovalInput } from '../inputs.generated';
import { customerColumns, type CustomerRow } from '../model';
import { phoneKey } from '../search-keys.rules';
import { insertCustomers, updateCustomers } from '../write-customers';
import { CUSTOMER_COLUMNS, type CustomerColumn } from './customer-columns.rules';
import {
  isReadable,
  planCustomers,
  type CustomerImportRules,
  type PlannedCustomer,
} from './customer-plan.rules';
import { readCustomer, type CustomerDraft } from './customer-rows.rules';
import { CUSTOMER_SYSTEMS } from './customer-systems.rules';

/** The importer of a kind. @param approval of credit limits. @throws PosProError 401, 403 and 429 for an invalid approval. */
export async function customerImporter(
  ctx: RequestContext,
  kind: ImportKind & `customer_${string}`,
  approval: CreditApprovalInput | null | undefined,
): Promise<Importer<CustomerDraft, CustomerColumn>> {
  const { currency } = await ownOrganization(ctx);
  const decision = await creditDecision(ctx, approval);
  const creates = kind === 'customer_create';
  const rules = {
    creates,
    currency,
    country: await phoneCountry(ctx),
    undecided: decision.permitted ? undefined : LIMIT_NOT_PERMITTED,
    emailTaken: EMAIL_TAKEN,
  };
  return {
    kind,
    columns: CUSTOMER_COLUMNS,
    amounts: ['creditLimit', 'creditBalance'],
    ...(creates ? { systems: CUSTOMER_SYSTEMS } : {}),
    missing: (columns) => {
      const names: readonly CustomerColumn[] = ['name', 'firstName', 'lastName', 'company'];
      const nameless = creates && !names.some((column) => columns.has(column));
      return nameless ? ['There is no column "name", so only existing customers can be imported.'] : [];
    },
    explain: (error) =>
      isUniqueViolation(error, 'customers_organization_id_email_key') ? emailTaken() : error,
    read: readCustomer,
    write: (tx, context, drafts, seen) => writeBatch(tx, context, { rules, decision, drafts, seen }),
  };
}

interface Batch {
  readonly rules: CustomerImportRules;
  readonly decision: CreditDecision;
  readonly drafts: readonly CustomerDraft[];
  readonly seen: SeenKeys;
}

/** Writes the valid rows of a batch, in a fixed number of statements. The other rows are returned with their errors. */
async function writeBatch(
  tx: Transaction,
  ctx: RequestContext,
  { rules, decision, drafts, seen }: Batch,
): Promise<BatchResult> {
  const plan = planCustomers(rules, drafts, await findCustomers(tx, drafts.filter(isReadable)), seen);
  const { creates, changes, unchanged } = plan;
  const created = await create(tx, ctx, creates, {
    currency: rules.currency,
    approvedBy: decision.approvedBy,
  });
  if (changes.length > 0) {
    const rows = changes.map(({ before, values }) => ({
      ...values,
      id: before!.id,
      creditLimitApprovedBy: decision.approvedBy,
      hadConsent: before!.marketingConsent,
    }));
    for (const { id } of await updateCustomers(tx, rows, 'import')) emitCustomerChanged(tx, id);
  }
  const imported = [...created, ...changes, ...unchanged];
  const lostRows = new Set(
    creates.filter((customer) => !created.has(customer)).map(({ draft: { row } }) => row),
  );
  return {
    created: created.size,
    updated: changes.length + unchanged.length,
    unchanged: unchanged.length,
    deleted: 0,
    faults: [...plan.faults, ...[...lostRows].map((row): RowError => ({ ...rules.emailTaken, row }))],
    oddities: plan.oddities.filter(({ row }) => !lostRows.has(row)),
    taken: imported.flatMap(({ keys, draft: { row } }) => keys.map((key) => ({ key, row }))),
    notes: [],
  };
}

/** Inserts customers. @returns the inserted ones: not a customer whose e-mail address was taken concurrently. */
async function create(
  tx: Transaction,
  ctx: RequestContext,
  creates: readonly PlannedCustomer[],
  { currency, approvedBy }: { currency: string; approvedBy: string | null },
): Promise<ReadonlySet<PlannedCustomer>> {
  if (creates.length === 0) return new Set();
  const byId = new Map(creates.map((customer) => [ctx.ids.next(), customer]));
  const rows = [...byId].map(([id, { values }]) => {
    const creditLimitApprovedBy = values.creditLimit.isZero() ? null : approvedBy;
    return { id, currency, creditLimitApprovedBy, ...values };
  });
  const inserted = await insertCustomers(tx, rows, 'import');
  for (const { id } of inserted) emitCustomerChanged(tx, id);
  return new Set(inserted.map(({ id }) => byId.get(id)!));
}

/** Locks and reads the customers that the rows may mean, in one statement. */
async function findCustomers(tx: Transaction, drafts: readonly CustomerDraft[]): Promise<CustomerRow[]> {
  const ids = drafts.flatMap(({ id }) => id ?? []);
  const emails = drafts.flatMap(({ email }) => email ?? []);
  const numbers = drafts.flatMap(({ email, phone }) =>
    email !== undefined || phone === undefined ? [] : (phoneKey(phone) ?? []),
  );
  return tx.many<CustomerRow>(sql`
    select ${customerColumns.select('c')} from customers c
    where c.erased_at is null and c.id in (
      select i.id from customers i where i.id = any(${ids}::uuid[])
      union select e.id from customers e where e.organization_id = ${tx.organizationId} and e.email = any(${emails}::text[])
      union select k.customer_id from customer_keys k where k.organization_id = ${tx.organizationId} and k.key = any(${numbers}::text[])
    )
    order by c.id for no key update`);
}
