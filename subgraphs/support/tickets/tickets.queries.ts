/** Reads tickets: the list with its filters, and tickets by their ids. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Sql } from '#kernel/db/database';
import { requireRow, rowsByIds } from '#kernel/db/rows-by-id';
import { searchTerm } from '#kernel/fold-text.rules';
import { listPage, sameId, type Page } from '#kernel/paging';
import { ofCustomer } from '#subgraphs/customers/index';
import type { QueryTicketsArgs } from '../inputs.generated';
import { tickets, type TicketRow } from '../tables.generated';

const TICKETS = sql`tickets t`;

/** A page of tickets, the newest first. */
export function listTickets(ctx: RequestContext, filter: QueryTicketsArgs): Promise<Page<TicketRow>> {
  const search = filter.search?.trim() ? filter.search : undefined;
  const list = {
    select: tickets.select('t'),
    from: TICKETS,
    where: [...filterConditions(filter), ...(search === undefined ? [] : [searchCondition(search)])],
    sorts: { createdAt: sql`t.created_at`, number: sql`t.number` },
    updatedAt: sql`t.updated_at`,
    defaultSort: '-createdAt',
    id: sql`t.id`,
  };
  return listPage<TicketRow>(ctx.db, list, filter);
}

function filterConditions(filter: QueryTicketsArgs): Sql[] {
  const { status, priority, channel, assigned, tag, breached } = filter;
  const where = [
    ...sameId(sql`t.queue_id`, filter.queueId),
    ...sameId(sql`t.assignee_id`, filter.assigneeId),
    ...ofCustomer(sql`t.customer_id`, filter.customerId),
    ...sameId(sql`t.order_id`, filter.orderId),
  ];
  if (status) where.push(sql`t.status = ${status}`);
  if (priority) where.push(sql`t.priority = ${priority}`);
  if (channel) where.push(sql`t.channel = ${channel}`);
  if (tag != null) where.push(sql`${tag} = any(t.tags)`);
  if (assigned != null) where.push(sql`(t.assignee_id is not null) = ${assigned}`);
  if (breached != null)
    where.push(sql`exists (select from ticket_breaches b where b.ticket_id = t.id) = ${breached}`);
  return where;
}

const NUMBER = /^\s*(T-?)?(\d{1,9})\s*$/i;

/** Tickets with a number, or with all words in the ticket or in one of its messages. */
function searchCondition(search: string): Sql {
  const [, prefix, number] = NUMBER.exec(search) ?? [];
  if (prefix !== undefined) return sql`t.number = ${Number(number)}`;
  const { insideGrams, inside } = searchTerm(search) ?? { insideGrams: [], inside: [] };
  const found = sql`t.id in (select i.ticket_id from tickets_inside(${insideGrams}::text[], ${inside}::text[]) i)`;
  return number === undefined ? found : sql`(t.number = ${Number(number)} or ${found})`;
}

/** Tickets by their ids. */
export function ticketsByIds(db: Queryable, ids: readonly string[]): Promise<ReadonlyMap<string, TicketRow>> {
  return rowsByIds(db, tickets, ids);
}

/** The ticket with an id. @throws PosProError 404. */
export function requireTicket(db: Queryable, id: string): Promise<TicketRow> {
  return requireRow(db, tickets, 'ticket', id);
}
