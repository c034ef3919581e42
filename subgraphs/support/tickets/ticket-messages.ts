/** Messages of tickets: added, never changed, and read a page at a time. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { rowsByIds } from '#kernel/db/rows-by-id';
import { searchColumns } from '#kernel/fold-text.rules';
import { listPage, type Page, type PageArgs } from '#kernel/paging';
import {
  ticketMessages,
  type NewTicketMessage,
  type TicketMessageRow,
  type TicketRow,
} from '../tables.generated';

/** A message to add. */
export type MessageDraft = Pick<NewTicketMessage, 'kind' | 'body' | 'authorId' | 'automatic'>;

/** Inserts the next message of a locked ticket. The caller writes the ticket with its `messagesCount`. */
export async function insertMessage(
  tx: Transaction,
  ctx: RequestContext,
  ticket: Pick<TicketRow, 'id' | 'messagesCount'>,
  draft: MessageDraft,
): Promise<TicketMessageRow> {
  const row = ticketMessages.complete({
    ...draft,
    ...searchColumns([draft.body]),
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    ticketId: ticket.id,
    number: ticket.messagesCount + 1,
    createdAt: tx.now,
  });
  await tx.run(ticketMessages.insert(row));
  return row;
}

/** A page of a ticket's messages, the oldest first. */
export function listMessages(
  db: Queryable,
  ticketId: string,
  page: PageArgs,
): Promise<Page<TicketMessageRow>> {
  const list = {
    select: ticketMessages.select('m'),
    from: sql`ticket_messages m`,
    where: [sql`m.ticket_id = ${ticketId}`],
    sorts: { number: sql`m.number` },
    defaultSort: 'number',
    id: sql`m.id`,
  };
  return listPage<TicketMessageRow>(db, list, page);
}

/** Messages by their ids. */
export function messagesByIds(
  db: Queryable,
  ids: readonly string[],
): Promise<ReadonlyMap<string, TicketMessageRow>> {
  return rowsByIds(db, ticketMessages, ids);
}
