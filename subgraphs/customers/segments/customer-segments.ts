/** Segments of customers: saved filters. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { checkedNames, listByName } from '#kernel/named-values';
import type { Page } from '#kernel/paging';
import { customerSegmentChanged } from '../events';
import type {
  CreateCustomerSegmentInput,
  QuerySavedSegmentsArgs,
  UpdateCustomerSegmentInput,
} from '../inputs.generated';
import { customerSegments, type CustomerSegmentRow } from '../tables.generated';
import { withFreeName } from '../unique-names';
import { checkedRule } from './segment-rule.rules';

/** Creates a segment. Emits "customer_segment.changed". @throws PosProError 422 by field; 409 ALREADY_EXISTS for a taken name. */
export async function createCustomerSegment(
  ctx: RequestContext,
  input: CreateCustomerSegmentInput,
): Promise<CustomerSegmentRow> {
  const values = { ...checkedNames(input), rule: checkedRule(input.rule) };
  const id = ctx.ids.next();
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const { organizationId, now } = tx;
      const segment = await tx.one<CustomerSegmentRow>(
        sql`${customerSegments.insert({
          id,
          organizationId,
          ...values,
          createdAt: now,
          updatedAt: now,
        })} returning ${customerSegments.columns}`,
      );
      tx.emit(customerSegmentChanged({ key: id, payload: { name: segment.name, change: 'created' } }));
      return segment;
    }),
  );
}

/**
 * Changes a segment; omitted fields do not change, null clears the description. Emits "customer_segment.changed".
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a taken name, and CONFLICT for another version.
 */
export async function updateCustomerSegment(
  ctx: RequestContext,
  id: string,
  { version, rule, ...changes }: UpdateCustomerSegmentInput,
): Promise<CustomerSegmentRow> {
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, customerSegments, 'customer segment', { id, version });
      const names = checkedNames({ ...before, ...changes, name: changes.name ?? before.name });
      const values = { ...names, rule: rule ? checkedRule(rule) : before.rule, updatedAt: tx.now };
      const after = await tx.one<CustomerSegmentRow>(sql`
        update customer_segments set ${customerSegments.set(values)} where id = ${before.id} returning ${customerSegments.columns}`);
      if (isChanged(before, after))
        tx.emit(customerSegmentChanged({ key: after.id, payload: { name: after.name, change: 'updated' } }));
      return after;
    }),
  );
}

/** Deletes a segment. @throws PosProError 404; 409 CONFLICT for another version. */
export async function deleteCustomerSegment(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const segment = await lockVersion(tx, customerSegments, 'customer segment', { id, version });
    await tx.prisma.customerSegment.delete({ where: { id: segment.id } });
    tx.emit(customerSegmentChanged({ key: segment.id, payload: { name: segment.name, change: 'deleted' } }));
    return deletionOf(segment.id);
  });
}

/** A page of the organization's segments, by name. */
export function listCustomerSegments(
  db: Queryable,
  filter: QuerySavedSegmentsArgs,
): Promise<Page<CustomerSegmentRow>> {
  return listByName(db, customerSegments, filter);
}

/** Segments by their ids. */
export function segmentsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CustomerSegmentRow>> {
  return rowsByIds(db, customerSegments, ids);
}

/** The segment with an id. @throws PosProError 404. */
export function requireSegment(db: Queryable, id: string): Promise<CustomerSegmentRow> {
  return requireRow(db, customerSegments, 'customer segment', id);
}
