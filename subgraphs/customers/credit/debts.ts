/** Open debts of customers as of any day: entries and allocations of that day and before count, later ones do not. */
import { organizationOf } from '#kernel/auth/access';
import { businessDay } from '#kernel/business-day.rules';
import type { RequestContext } from '#kernel/context';
import { join, sql, type Sql } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { listPage, sameId, type Page } from '#kernel/paging';
import { ownOrganization } from '#subgraphs/auth/index';
import { requireCustomer } from '../customers';
import type { QueryCreditAgeingArgs, QueryCustomerDebtsArgs } from '../inputs.generated';
import { ageingBuckets, type AgeingBucket } from './ageing-buckets.rules';

/** A debt that is not paid, or not in full. */
export interface CreditDebt {
  /** The entry of the account. */
  id: string;
  customerId: string;
  number: number;
  referenceType: string;
  referenceId: string;
  businessDate: string;
  dueDate: string;
  amount: Decimal;
  open: Decimal;
  /** Zero on the due date and before. */
  daysOverdue: number;
  currency: string;
}

/** The open debts of a customer by age. The advance is shown apart, and subtracted from nothing. */
export interface CustomerAgeing {
  /** The customer. */
  id: string;
  customerName: string;
  currency: string;
  /** Debts minus the advance. */
  balance: Decimal;
  notDue: Decimal;
  /** One amount for each bucket. */
  overdue: Decimal[];
  buckets: readonly AgeingBucket[];
  /** Payments in advance that are not used yet. */
  advance: Decimal;
  oldestDueDate: string | null;
}

/** Open parts of the entries `e` of a customer, or of all, at the end of a day. */
function openAsOf(organizationId: string, asOf: string, more: Sql): Sql {
  return sql`(
    select e.id, e.customer_id, e.number, e.reference_type, e.reference_id, e.branch_id, e.business_date, e.due_date, e.amount,
      e.open + coalesce((
        select sum(a.amount) from customer_credit_allocations a where a.debt_entry_id = e.id and a.business_date > ${asOf}::date), 0)
      - coalesce((
        select sum(a.amount) from customer_credit_allocations a
        where a.organization_id = e.organization_id and a.credit_entry_id = e.id and a.business_date > ${asOf}::date), 0) as open
    from customer_credit_entries e
    where e.organization_id = ${organizationId}::uuid and e.business_date <= ${asOf}::date and ${more}
  )`;
}

/** The day of a report; defaults to today in the organization's time zone. */
async function dayOf(ctx: RequestContext, asOf: string | null | undefined): Promise<string> {
  return asOf ?? businessDay(ctx.clock.now(), (await ownOrganization(ctx)).timeZone);
}

/** The open debts of a customer, the one that is due first first. @throws PosProError 404. */
export async function listDebts(
  ctx: RequestContext,
  { customerId, asOf, ...page }: QueryCustomerDebtsArgs,
): Promise<Page<CreditDebt>> {
  const { id, currency } = await requireCustomer(ctx.db, customerId);
  const day = await dayOf(ctx, asOf);
  const entries = openAsOf(organizationOf(ctx), day, sql`e.customer_id = ${id}`);
  return listPage<CreditDebt>(
    ctx.db,
    {
      select: sql`d.id, d.customer_id, d.number, d.reference_type, d.reference_id, d.business_date, d.due_date, d.amount, d.open,
        greatest(${day}::date - d.due_date, 0) as days_overdue, ${currency}::text as currency`,
      from: sql`${entries} d`,
      where: [sql`d.open > 0`],
      sorts: { dueDate: sql`d.due_date`, number: sql`d.number` },
      defaultSort: 'dueDate',
      id: sql`d.id`,
    },
    page,
  );
}

/** The customers with debts or advances at the end of a day, by name. @throws PosProError 422 for invalid buckets. */
export async function creditAgeing(
  ctx: RequestContext,
  { asOf, branchId, buckets: lastDays, ...page }: QueryCreditAgeingArgs,
): Promise<Page<CustomerAgeing>> {
  const buckets = ageingBuckets(lastDays ?? undefined);
  const day = await dayOf(ctx, asOf);
  const ofBranch = sameId(sql`e.branch_id`, branchId)[0] ?? sql`true`;
  const entries = openAsOf(organizationOf(ctx), day, ofBranch);
  const late = sql`(${day}::date - o.due_date)`;
  const amounts = buckets.map(({ fromDays, toDays }) => {
    const until = toDays === null ? sql`true` : sql`${late} <= ${toDays}::int`;
    return sql`coalesce(sum(o.open) filter (where o.open > 0 and ${late} >= ${fromDays}::int and ${until}), 0)`;
  });
  const list = sql`(
    select o.customer_id as id, sum(o.open) as balance,
      coalesce(sum(o.open) filter (where o.open > 0 and ${late} < 0), 0) as not_due, array[${join(amounts, ', ')}]::numeric[] as overdue,
      coalesce(-sum(o.open) filter (where o.open < 0), 0) as advance, min(o.due_date) filter (where o.open > 0) as oldest_due_date
    from ${entries} o where o.open <> 0 group by o.customer_id
  )`;
  const found = await listPage<
    Omit<CustomerAgeing, 'buckets' | 'overdue'> & { overdue: (string | Decimal)[] }
  >(
    ctx.reports,
    {
      select: sql`g.*, c.name as customer_name, c.currency`,
      from: sql`${list} g join customers c on c.id = g.id`,
      where: [],
      sorts: { customerName: sql`c.name`, balance: sql`g.balance` },
      defaultSort: 'customerName',
      id: sql`g.id`,
    },
    page,
  );
  const items = found.items.map(({ overdue, ...row }) => ({
    ...row,
    overdue: overdue.map((amount) => new Decimal(amount)),
    buckets,
  }));
  return { ...found, items };
}
