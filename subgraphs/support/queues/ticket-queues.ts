/** Queues of tickets: created, changed, deleted and listed. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { transact } from '#kernel/db/transact';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { PosProError } from '#kernel/errors';
import { deletionOf, type Deletion } from '#kernel/graph/deletion';
import { checkedNames, listByName } from '#kernel/named-values';
import type { Page } from '#kernel/paging';
import { ticketQueueChanged } from '../events';
import type {
  CreateTicketQueueInput,
  QueryTicketQueuesArgs,
  UpdateTicketQueueInput,
} from '../inputs.generated';
import { ticketQueues, type TicketQueueRow } from '../tables.generated';
import { withFreeName } from '../taken-names';

/** Creates a queue. Emits "ticket_queue.changed". @throws PosProError 422 by field; 409 ALREADY_EXISTS for a taken name. */
export async function createTicketQueue(
  ctx: RequestContext,
  input: CreateTicketQueueInput,
  id = ctx.ids.next(),
): Promise<TicketQueueRow> {
  const values = checkedNames(input);
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const { organizationId, now } = tx;
      const data = { id, organizationId, ...values, createdAt: now, updatedAt: now };
      const queue = await tx.prisma.ticketQueue.create({ data });
      tx.emit(ticketQueueChanged({ key: id, payload: { name: queue.name, change: 'created' } }));
      return queue;
    }),
  );
}

/**
 * Changes a queue. Emits "ticket_queue.changed".
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a taken name, and CONFLICT for another version.
 */
export async function updateTicketQueue(
  ctx: RequestContext,
  id: string,
  { version, ...changes }: UpdateTicketQueueInput,
): Promise<TicketQueueRow> {
  return withFreeName(() =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, ticketQueues, 'queue', { id, version });
      const values = checkedNames({ ...before, ...changes, name: changes.name ?? before.name });
      const after = await tx.prisma.ticketQueue.update({
        where: { id: before.id },
        data: { ...values, updatedAt: tx.now },
      });
      if (isChanged(before, after))
        tx.emit(ticketQueueChanged({ key: after.id, payload: { name: after.name, change: 'updated' } }));
      return after;
    }),
  );
}

/**
 * Deletes a queue. Closed tickets lose it. Emits "ticket_queue.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE while tickets or a service level need it, and CONFLICT for another version.
 */
export async function deleteTicketQueue(
  ctx: RequestContext,
  id: string,
  version?: number | null,
): Promise<Deletion> {
  return transact(ctx, async (tx) => {
    const queue = await lockVersion(tx, ticketQueues, 'queue', { id, version });
    const uses = await tx.one<{ tickets: number; policies: number }>(sql`
      select (select count(*) from tickets t where t.queue_id = ${queue.id} and t.status <> 'closed') as tickets,
        (select count(*) from sla_policies p where p.queue_id = ${queue.id}) as policies`);
    if (uses.tickets + uses.policies > 0)
      throw new PosProError(
        'ILLEGAL_STATE',
        'The queue has tickets that are not closed, or a service level. Move them first.',
        { details: { ...uses } },
      );
    await tx.run(sql`
      update tickets set queue_id = null where organization_id = ${tx.organizationId} and queue_id = ${queue.id}`);
    await tx.prisma.ticketQueue.delete({ where: { id: queue.id } });
    tx.emit(ticketQueueChanged({ key: queue.id, payload: { name: queue.name, change: 'deleted' } }));
    return deletionOf(queue.id);
  });
}

/** A page of the organization's queues, by name. */
export function listTicketQueues(
  db: Queryable,
  filter: QueryTicketQueuesArgs,
): Promise<Page<TicketQueueRow>> {
  return listByName(db, ticketQueues, filter);
}

/** Queues by their ids. */
export function queuesByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TicketQueueRow>> {
  return rowsByIds(db, ticketQueues, ids);
}

/** The queue with an id. @throws PosProError 404. */
export function requireQueue(db: Queryable, id: string): Promise<TicketQueueRow> {
  return requireRow(db, ticketQueues, 'queue', id);
}

/** Numbers of tickets of queues that are neither resolved nor closed. */
export async function activeCounts(
  db: Queryable,
  queueIds: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const rows = await db.many<{ queueId: string; count: number }>(sql`
    select t.queue_id, count(*) as count from tickets t
    where t.queue_id = any(${queueIds}::uuid[]) and t.status in ('open', 'pending_customer', 'pending_internal') group by t.queue_id`);
  return new Map(rows.map(({ queueId, count }) => [queueId, count]));
}
