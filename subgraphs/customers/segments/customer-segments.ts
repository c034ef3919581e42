/** Segments of customers: saved filters. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { notFound } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { byId } from '#kernel/graph/loader';
import { isUuid } from '#kernel/ids';
import { checkedNames } from '#kernel/named-values';
import { containsWords, listPage, type Page } from '#kernel/paging';
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
  const list = {
    select: customerSegments.select('s'),
    from: sql`customer_segments s`,
    where: containsWords(sql`s.name_key`, filter.search),
    sorts: { name: sql`s.name`, createdAt: sql`s.created_at` },
    updatedAt: sql`s.updated_at`,
    defaultSort: 'name',
    id: sql`s.id`,
  };
  return listPage<CustomerSegmentRow>(db, list, filter);
}

/** Segments by their ids. */
export async function segmentsByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, CustomerSegmentRow>> {
  const uuids = ids.filter(isUuid);
  return byId(
    await db.many<CustomerSegmentRow>(
      sql`select ${customerSegments.select('s')} from customer_segments s where s.id = any(${uuids}::uuid[])`,
    ),
  );
}

/** The segment with an id. @throws PosProError 404. */
export async function requireSegment(db: Queryable, id: string): Promise<CustomerSegmentRow> {
  const segment = (await segmentsByIds(db, [id])).get(id.toLowerCase());
  if (!segment) throw notFound('customer segment', id);
  return segment;
}
