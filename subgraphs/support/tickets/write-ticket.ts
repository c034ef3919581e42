/** The one way to write a ticket: its clocks follow from each change, and targets that were missed before it stay missed. */
import type { RequestContext } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { nextNumber } from '#kernel/db/counters';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { searchColumns } from '#kernel/fold-text.rules';
import { ticketChanged } from '../events';
import type { TicketChangeKind } from '../inputs.generated';
import { supportSettings } from '../settings/support-settings';
import { changedClock, deadlinesOf, type SlaTerms } from '../sla/sla-clock.rules';
import { nextMoment, recordBreaches } from '../sla/sla-records';
import { readSlaTerms } from '../sla/sla-terms';
import { tickets, type NewTicket, type TicketRow } from '../tables.generated';
import { ticketNumber } from './ticket-states.rules';

const DAY_MS = 24 * 60 * 60 * 1000;

/** The columns of a new ticket that its caller decides. */
export type TicketDraft = Omit<
  NewTicket,
  'organizationId' | 'number' | 'searchText' | 'searchGrams' | 'clockFrom' | 'createdAt' | 'updatedAt'
>;

/** Inserts a ticket that waits for the staff, with the next number. Its first message is added by the caller. Emits "ticket.changed". */
export async function insertTicket(tx: Transaction, draft: TicketDraft): Promise<TicketRow> {
  const terms = (await readSlaTerms(tx, [tickets.complete(draft as NewTicket)]))(draft as TicketRow);
  const number = await nextNumber(tx, 'ticket');
  const times = { createdAt: tx.now, updatedAt: tx.now, clockFrom: tx.now, awaitingSince: tx.now };
  const row = tickets.complete({
    ...draft,
    ...times,
    organizationId: tx.organizationId,
    number,
    searchText: '',
    searchGrams: '',
  });
  const clocked = { ...row, ...searchColumns(searchParts(row)), ...deadlinesOf(row, terms) };
  const ticket = await tx.one<TicketRow>(sql`
    ${tickets.insert({ ...clocked, nextCheckAt: await nextCheck(tx, clocked, terms) })} returning ${tickets.columns}`);
  emitTicketChanged(tx, ticket, 'created');
  return ticket;
}

/** Locks a ticket until the commit, and reads it. @throws PosProError 404; 409 or 412 for another version. */
export function lockTicket(tx: Transaction, id: string, version?: number | null): Promise<TicketRow> {
  return lockVersion(tx, tickets, 'ticket', { id, version });
}

/** Locks a ticket, or the one that took over its messages. @throws PosProError 404. */
export async function lockCurrentTicket(tx: Transaction, id: string): Promise<TicketRow> {
  let ticket = await lockTicket(tx, id);
  while (ticket.mergedIntoId !== null) ticket = await lockTicket(tx, ticket.mergedIntoId);
  return ticket;
}

/**
 * Changes a locked ticket. Emits "ticket.changed" if people see a change, and "ticket.breached" for targets that were missed before.
 * @param kind of the change; a message is a change even if the ticket's own fields stay.
 */
export async function changeTicket(
  tx: Transaction,
  ctx: RequestContext,
  before: TicketRow,
  changes: Partial<TicketRow>,
  kind: TicketChangeKind,
): Promise<TicketRow> {
  const merged = { ...before, ...changes };
  const termsOf = await readSlaTerms(tx, [before, merged]);
  await recordBreaches(tx, ctx, before, termsOf(before));
  const draft = { ...merged, ...endOf(before, merged, tx.now) };
  const terms = { before: termsOf(before), after: termsOf(draft) };
  const clocked = { ...draft, ...changedClock(before, draft, terms, tx.now) };
  const search = searchColumns(searchParts(clocked));
  const nextCheckAt = await nextCheck(tx, clocked, terms.after);
  const after = await tx.one<TicketRow>(sql`
    update tickets set ${tickets.set({ ...clocked, ...search, nextCheckAt, version: undefined, updatedAt: tx.now })}
    where id = ${before.id} returning ${tickets.columns}`);
  if (isChanged(before, after) || after.messagesCount !== before.messagesCount)
    emitTicketChanged(tx, after, kind);
  return after;
}

/** When a ticket was resolved and closed, by its state. */
function endOf(
  before: TicketRow,
  { status }: Pick<TicketRow, 'status'>,
  now: Date,
): Partial<Pick<TicketRow, 'resolvedAt' | 'closedAt' | 'awaitingSince'>> {
  if (status === before.status) return {};
  if (status === 'resolved') return { resolvedAt: now, awaitingSince: null };
  if (status === 'closed') return { closedAt: now, awaitingSince: null };
  return { resolvedAt: null };
}

/** When a worker next has to look at a ticket: at a target or an escalation, or to close it. */
async function nextCheck(tx: Transaction, ticket: TicketRow, terms: SlaTerms): Promise<Date | null> {
  if (ticket.status !== 'resolved') return nextMoment(tx, ticket, terms);
  const { closeDays } = await supportSettings(tx);
  return closeDays === 0 ? null : new Date(ticket.resolvedAt!.getTime() + closeDays * DAY_MS);
}

/** The texts of a ticket that are searched. */
function searchParts({ number, subject, requesterName, requesterEmail, tags }: TicketRow) {
  return [ticketNumber(number), subject, requesterName, requesterEmail, ...tags];
}

/** Emits that a ticket changed. */
function emitTicketChanged(tx: Transaction, ticket: TicketRow, change: TicketChangeKind): void {
  const { id, branchId, number, status, priority, queueId, assigneeId } = ticket;
  const payload = {
    ticketId: id,
    number: ticketNumber(number),
    change,
    status,
    priority,
    queueId,
    assigneeId,
  };
  tx.emit(ticketChanged({ key: id, branchId, payload }));
}
