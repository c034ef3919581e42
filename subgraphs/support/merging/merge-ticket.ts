/** Merges of duplicates: the messages of one ticket move to another one. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { invalid, invalidFields } from '#kernel/errors';
import type { MergeTicketInput } from '../inputs.generated';
import type { TicketRow } from '../tables.generated';
import { insertMessage } from '../tickets/ticket-messages';
import { assertNotClosed, assertNotMerged, ticketNumber } from '../tickets/ticket-states.rules';
import { requireTicket, ticketsByIds } from '../tickets/tickets.queries';
import { changeTicket, lockTicket } from '../tickets/write-ticket';
import { unknownReference } from '../unknown-reference';

/**
 * Merges a duplicate into another ticket. The customer receives nothing: each ticket gets a remark for the staff. Emits "ticket.changed"
 * for both.
 * @returns the other ticket.
 * @throws PosProError 404; 409 ILLEGAL_STATE for a duplicate that is merged already and for another ticket that is closed; 409 or 412
 * for another version; 422 by field.
 */
export async function mergeTicket(
  ctx: RequestContext,
  id: string,
  { intoId, version }: MergeTicketInput,
): Promise<TicketRow> {
  return transact(
    ctx,
    async (tx) => {
      const [duplicate, target] = await lockBoth(tx, id, intoId, version);
      assertNotMerged(duplicate);
      assertNotClosed(target);
      if (duplicate.customerId !== null && target.customerId !== null) assertSameCustomer(duplicate, target);
      const messagesCount = await moveMessages(tx, duplicate, target);
      const remark = (ticket: Pick<TicketRow, 'id' | 'messagesCount'>, body: string) =>
        insertMessage(tx, ctx, ticket, { kind: 'system', body, authorId: userOf(ctx) ?? null });
      const ended = await remark(
        { id: duplicate.id, messagesCount: 0 },
        `Merged into ${ticketNumber(target.number)}.`,
      );
      await changeTicket(tx, ctx, duplicate, endOfDuplicate(duplicate, target, ended.number), 'merged');
      const taken = await remark(
        { id: target.id, messagesCount },
        `Took over the messages of ${ticketNumber(duplicate.number)}.`,
      );
      return changeTicket(tx, ctx, target, takenOver(duplicate, target, taken.number), 'merged');
    },
    { idempotent: { operation: 'mergeTicket', input: { id, intoId, version } } },
  );
}

/** Locks both tickets, in the order of their ids, so that two merges never wait for each other. */
async function lockBoth(
  tx: Transaction,
  id: string,
  intoId: string,
  version: number | null | undefined,
): Promise<[duplicate: TicketRow, target: TicketRow]> {
  const duplicate = await requireTicket(tx, id);
  const target = [...(await ticketsByIds(tx, [intoId])).values()][0];
  if (!target) throw invalidFields([unknownReference('intoId', 'ticket')]);
  if (target.id === duplicate.id) throw invalid('intoId', 'A ticket cannot be merged into itself.');
  const lockDuplicate = () => lockTicket(tx, duplicate.id, version);
  const lockTarget = async () => {
    // A version in `If-Match` is that of the duplicate, so the other ticket is locked without a check.
    await tx.run(sql`select from tickets where id = ${target.id} for no key update`);
    return requireTicket(tx, target.id);
  };
  if (duplicate.id < target.id) {
    const first = await lockDuplicate();
    return [first, await lockTarget()];
  }
  const second = await lockTarget();
  return [await lockDuplicate(), second];
}

/** The words of one customer must not reach another one, as in the export of their data. */
function assertSameCustomer(duplicate: TicketRow, target: TicketRow): void {
  if (duplicate.customerId === target.customerId) return;
  throw invalid('intoId', 'The tickets are of different customers.', 'CUSTOMER');
}

/** Moves the messages behind those of the other ticket, in their order, with all attachments and mails. @returns its number of messages. */
async function moveMessages(tx: Transaction, duplicate: TicketRow, target: TicketRow): Promise<number> {
  const count = await tx.run(sql`
    update ticket_messages set ticket_id = ${target.id}, number = number + ${target.messagesCount},
      from_ticket_id = coalesce(from_ticket_id, ticket_id)
    where organization_id = ${tx.organizationId} and ticket_id = ${duplicate.id}`);
  await tx.run(sql`
    update ticket_mails set ticket_id = ${target.id}
    where organization_id = ${tx.organizationId} and ticket_id = ${duplicate.id}`);
  await tx.run(sql`
    update ticket_attachments set ticket_id = ${target.id}
    where organization_id = ${tx.organizationId} and ticket_id = ${duplicate.id}`);
  return target.messagesCount + count;
}

/** A duplicate without a customer takes that of the other ticket, whose erasure then empties it, too. */
function endOfDuplicate(duplicate: TicketRow, target: TicketRow, messagesCount: number): Partial<TicketRow> {
  const customerId = duplicate.customerId ?? target.customerId;
  return { status: 'closed', mergedIntoId: target.id, messagesCount, customerId };
}

/** The other ticket waits since the earliest question that has no answer, and continues to wait if it was answered. */
function takenOver(duplicate: TicketRow, target: TicketRow, messagesCount: number): Partial<TicketRow> {
  const waits = [duplicate.awaitingSince, target.awaitingSince].filter((since) => since !== null);
  const awaitingSince = waits.sort((a, b) => a.getTime() - b.getTime())[0] ?? null;
  const isReopened =
    duplicate.awaitingSince !== null && ['pending_customer', 'resolved'].includes(target.status);
  return {
    messagesCount,
    awaitingSince,
    ...(isReopened && { status: 'open' }),
    customerId: target.customerId ?? duplicate.customerId,
    orderId: target.orderId ?? duplicate.orderId,
  };
}
