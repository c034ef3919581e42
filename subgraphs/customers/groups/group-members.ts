/** Members of groups of customers. */
import { groupBy } from '#kernel/collections';
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { assertVersion } from '#kernel/db/versions';
import { isUuid } from '#kernel/ids';
import { FieldErrors } from '#kernel/validation';
import { lockCustomer, touchCustomer } from '../customers';
import type { CustomerGroupsInput } from '../inputs.generated';
import { customerColumns, type CustomerRow } from '../model';
import { customerGroups, type CustomerGroupRow } from '../tables.generated';

/** Maximum number of groups of a customer. */
const MAX_GROUPS = 50;

/**
 * Sets the groups of a customer; groups that are not listed lose the customer.
 * @throws PosProError 404; 422 for unknown groups and for more than 50; 409 CONFLICT for another version.
 */
export async function setCustomerGroups(
  ctx: RequestContext,
  customerId: string,
  input: CustomerGroupsInput,
): Promise<CustomerRow> {
  const groupIds = [...new Set(input.groupIds)];
  const errors = new FieldErrors();
  if (groupIds.length > MAX_GROUPS)
    errors.add('groupIds', `Must have at most ${MAX_GROUPS} groups.`, 'TOO_MANY');
  errors.throwIfAny();
  return transact(ctx, async (tx) => {
    const customer = await lockCustomer(tx, customerId);
    assertVersion(tx, 'customer', customer, input.version);
    await assertGroups(tx, input.groupIds);
    const { changes } = await tx.one<{ changes: number }>(sql`
      with removed as (
        delete from customer_group_members m where m.customer_id = ${customer.id} and not m.group_id = any(${groupIds}::uuid[]) returning 1
      ), added as (
        insert into customer_group_members (customer_id, group_id, organization_id, added_at)
        select ${customer.id}::uuid, id, ${tx.organizationId}::uuid, ${tx.now}::timestamptz from unnest(${groupIds}::uuid[]) id
        on conflict do nothing returning 1
      )
      select (select count(*) from removed) + (select count(*) from added) as changes`);
    if (changes === 0) return customer;
    await touchCustomer(tx, customer.id);
    return tx.one<CustomerRow>(
      sql`select ${customerColumns.select('c')} from customers c where c.id = ${customer.id}`,
    );
  });
}

async function assertGroups(tx: Transaction, groupIds: readonly string[]): Promise<void> {
  const found = await tx.many<{ id: string }>(
    sql`select id from customer_groups where id = any(${groupIds.filter(isUuid)}::uuid[]) for key share`,
  );
  const known = new Set(found.map(({ id }) => id));
  const errors = new FieldErrors();
  groupIds.forEach((id, index) => {
    if (!known.has(id.toLowerCase()))
      errors.add(`groupIds.${index}`, `There is no group with the id "${id}".`, 'NOT_FOUND');
  });
  errors.throwIfAny();
}

/** Groups by the customer's id, by name. */
export async function groupsOf(
  db: Queryable,
  customerIds: readonly string[],
): Promise<ReadonlyMap<string, CustomerGroupRow[]>> {
  const rows = await db.many<CustomerGroupRow & { customerId: string }>(sql`
    select m.customer_id, ${customerGroups.select('g')} from customer_group_members m join customer_groups g on g.id = m.group_id
    where m.customer_id = any(${customerIds}::uuid[]) order by g.name, g.id`);
  return groupBy(rows, ({ customerId }) => customerId);
}

/** The ids of the groups of a customer. */
export async function groupIdsOfCustomer(db: Queryable, customerId: string): Promise<string[]> {
  const rows = await db.many<{ groupId: string }>(
    sql`select m.group_id from customer_group_members m where m.customer_id = ${customerId} order by m.group_id`,
  );
  return rows.map(({ groupId }) => groupId);
}

/** Number of customers by the group's id; groups without any are missing. */
export async function membersCounts(
  db: Queryable,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.many<{ groupId: string; count: number }>(sql`
    select m.group_id, count(*)::int as count from customer_group_members m
    where m.group_id = any(${groupIds}::uuid[]) group by m.group_id`);
  return new Map(rows.map(({ groupId, count }) => [groupId, count]));
}
