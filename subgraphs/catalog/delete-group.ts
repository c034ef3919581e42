/** Deletion of categories, brands and tax classes: the groups that products refer to. */
import type { RequestContext } from '#kernel/context';
import { raw, sql, type Sql } from '#kernel/db/database';
import type { Table } from '#kernel/db/table';
import { transact } from '#kernel/db/transact';
import { lockVersion, type Target, type Versioned } from '#kernel/db/versions';
import { PosProError } from '#kernel/errors';
import type { PublicEvent } from '#kernel/events/public-event';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';

interface Group {
  readonly what: string;
  readonly event: PublicEvent<{ change: 'deleted' }>;
  readonly table: Table<Versioned & { readonly id: string }, never>;
  /** The column of products that refers to it. */
  readonly reference: string;
  /** A number of other rows that prevent its deletion, as an expression. */
  readonly alsoUsedBy?: Sql;
}

/** Deleted products lose the reference; old sales have their own copies in their lines. */
export async function deleteGroup(ctx: RequestContext, target: Target, group: Group): Promise<Deletion> {
  const { what, event, table, alsoUsedBy = sql`0` } = group;
  const reference = raw(group.reference);
  return transact(ctx, async (tx) => {
    const { id } = await lockVersion(tx, table, what, target);
    const { uses } = await tx.one<{ uses: number }>(sql`
      select ${alsoUsedBy} + (
        select count(*) from products p where p.${reference} = ${id}::uuid and p.deleted_at is null
      ) as uses`);
    if (uses > 0)
      throw new PosProError('CONFLICT', `The ${what} is in use ${uses} times; move what uses it first.`, {
        details: { uses },
      });
    await tx.run(sql`
      update products p set ${reference} = null where p.${reference} = ${id}::uuid and p.deleted_at is not null`);
    await tx.run(sql`delete from ${raw(table.name)} where id = ${id}::uuid`);
    tx.emit(event({ key: id, payload: { change: 'deleted' } }));
    return deletionOf(id);
  });
}
