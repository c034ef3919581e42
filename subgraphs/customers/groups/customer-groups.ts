/** Groups of customers: created, changed, deleted and listed. */
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { checkedNames, listByName } from '#kernel/named-values';
import type { Page } from '#kernel/paging';
import { customerGroupChanged } from '../events';
import type {
  CreateCustomerGroupInput,
  QueryCustomerGroupsArgs,
  UpdateCustomerGroupInput,
} from '../inputs.generated';
import { customerGroups, type CustomerGroupRow } from '../tables.generated';
import { withFreeName } from '../unique-names';

/** Creates a group. Emits "customer_group.changed". @throws PosProError 422 by field; 409 ALREADY_EXISTS for a taken name. */
export async function createCustomerGroup(
  ctx: RequestContext,
  input: CreateCustomerGroupInput,
): Promise<CustomerGroupRow> {
  const values = checkedNames(input);
  const id = ctx.ids.next();
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const { organizationId, now } = tx;
      const data = { id, organizationId, ...values, createdAt: now, updatedAt: now };
      const group = await tx.prisma.customerGroup.create({ data });
      tx.emit(customerGroupChanged({ key: id, payload: { name: group.name, change: 'created' } }));
      return group;
    }),
  );
}

/**
 * Changes a group; omitted fields do not change, null clears the description. Emits "customer_group.changed".
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a taken name, and CONFLICT for another version.
 */
export async function updateCustomerGroup(
  ctx: RequestContext,
  id: string,
  { version, ...changes }: UpdateCustomerGroupInput,
): Promise<CustomerGroupRow> {
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, customerGroups, 'customer group', { id, version });
      const values = checkedNames({ ...before, ...changes, name: changes.name ?? before.name });
      const after = await tx.prisma.customerGroup.update({
        where: { id: before.id },
        data: { ...values, updatedAt: tx.now },
      });
      if (isChanged(before, after))
        tx.emit(customerGroupChanged({ key: after.id, payload: { name: after.name, change: 'updated' } }));
      return after;
    }),
  );
}

/** Deletes a group; its customers remain. @throws PosProError 404; 409 CONFLICT for another version. */
export async function deleteCustomerGroup(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const { name, ...group } = await lockVersion(tx, customerGroups, 'customer group', { id, version });
    await tx.prisma.customerGroup.delete({ where: { id: group.id } });
    tx.emit(customerGroupChanged({ key: group.id, payload: { name, change: 'deleted' } }));
    return deletionOf(group.id);
  });
}

/** A page of the organization's groups, by name. */
export function listCustomerGroups(
  db: Queryable,
  filter: QueryCustomerGroupsArgs,
): Promise<Page<CustomerGroupRow>> {
  return listByName(db, customerGroups, filter);
}

/** Groups by their ids. */
export function groupsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CustomerGroupRow>> {
  return rowsByIds(db, customerGroups, ids);
}

/** The group with an id. @throws PosProError 404. */
export function requireGroup(db: Queryable, id: string): Promise<CustomerGroupRow> {
  return requireRow(db, customerGroups, 'customer group', id);
}
