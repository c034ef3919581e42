/** Statements of customers' accounts: the entries of some days between two balances, and what is open at the end. */
import { organizationOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { documentLanguage } from '#kernel/messages/messages.rules';
import { ownOrganization } from '#subgraphs/auth/index';
import { requireCustomer } from '../customers';
import type { QueryCustomerStatementArgs } from '../inputs.generated';
import type { CreditEntryRow, CustomerRow } from '../model';
import { customerCreditEntries } from '../tables.generated';

/** A statement. Amounts are in the account's currency. */
export interface CustomerStatement {
  customerId: string;
  customerName: string;
  currency: string;
  /** Language of the printed forms, BCP 47: that of the customer, else of the organization. */
  language: string;
  from: string;
  to: string;
  balanceBefore: Decimal;
  balanceAfter: Decimal;
  entries: CreditEntryRow[];
}

const MAX_ENTRIES = 5_000;

/**
 * The statement of a customer for some days, both inclusive.
 * @throws PosProError 404; 422 if the days end before they begin, and for more than 5,000 entries.
 */
export async function customerStatement(
  ctx: RequestContext,
  { customerId, from, to }: QueryCustomerStatementArgs,
): Promise<CustomerStatement> {
  const customer = await requireCustomer(ctx.db, customerId);
  if (from > to) throw invalid('to', 'The last day is before the first.');
  const ofCustomer = sql`e.organization_id = ${organizationOf(ctx)} and e.customer_id = ${customer.id}`;
  const [before, entries] = await Promise.all([
    ctx.db.one<{ balance: Decimal | null }>(
      sql`select sum(e.amount) as balance from customer_credit_entries e where ${ofCustomer} and e.business_date < ${from}::date`,
    ),
    ctx.db.many<CreditEntryRow>(sql`
      select ${customerCreditEntries.select('e')}, ${customer.currency}::text as currency from customer_credit_entries e
      where ${ofCustomer} and e.business_date between ${from}::date and ${to}::date order by e.number limit ${MAX_ENTRIES + 1}`),
  ]);
  if (entries.length > MAX_ENTRIES)
    throw invalid('from', `The statement has more than ${MAX_ENTRIES} entries.`, 'TOO_LONG');
  const { defaultLanguage } = await ownOrganization(ctx);
  const language = documentLanguage([customer.language, defaultLanguage]);
  return statementOf(customer, { from, to, language }, before.balance ?? ZERO, entries);
}

function statementOf(
  { id, name, currency }: CustomerRow,
  terms: Pick<CustomerStatement, 'from' | 'to' | 'language'>,
  balanceBefore: Decimal,
  entries: CreditEntryRow[],
): CustomerStatement {
  const balanceAfter = entries.reduce((sum, { amount }) => sum.plus(amount), balanceBefore);
  return { customerId: id, customerName: name, currency, ...terms, balanceBefore, balanceAfter, entries };
}
