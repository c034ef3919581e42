/** The states of a ticket and the steps between them, as a table. Pure. */
import { PosProError } from '#kernel/errors';
import type { TicketRow } from '../tables.generated';

export type TicketStatus = TicketRow['status'];

/** The states that may follow a state. A closed ticket stays closed: a late reply makes a new ticket that names it. */
export const STEPS: Readonly<Record<TicketStatus, readonly TicketStatus[]>> = {
  open: ['pending_customer', 'pending_internal', 'resolved', 'closed'],
  pending_customer: ['open', 'pending_internal', 'resolved', 'closed'],
  pending_internal: ['open', 'pending_customer', 'resolved', 'closed'],
  resolved: ['open', 'closed'],
  closed: [],
};

/** Whether the clock of the resolution runs: while the ticket waits for the staff, not while it waits for the customer. */
export function isRunning(status: TicketStatus): boolean {
  return status === 'open' || status === 'pending_internal';
}

/** Whether the ticket still needs work. */
export function isActive(status: TicketStatus): boolean {
  return status !== 'resolved' && status !== 'closed';
}

/** The number of a ticket as people see it. */
export function ticketNumber(number: number): string {
  return `T-${number}`;
}

/** @throws PosProError 409 ILLEGAL_STATE with the present state and those that may follow. The present state itself is permitted. */
export function assertStep(ticket: Pick<TicketRow, 'number' | 'status'>, next: TicketStatus): void {
  const { number, status } = ticket;
  if (next === status || STEPS[status].includes(next)) return;
  throw illegalStep(ticket, `Ticket ${ticketNumber(number)} is ${status} and cannot become ${next}.`);
}

/** @throws PosProError 409 ILLEGAL_STATE for a closed ticket, to which no message can be added that the customer sees. */
export function assertNotClosed(ticket: Pick<TicketRow, 'number' | 'status'>): void {
  if (ticket.status !== 'closed') return;
  const message = `Ticket ${ticketNumber(ticket.number)} is closed. Create a new ticket, or add a note.`;
  throw illegalStep(ticket, message);
}

/** @throws PosProError 409 ILLEGAL_STATE for a ticket whose messages another one took over. */
export function assertNotMerged(ticket: Pick<TicketRow, 'number' | 'status' | 'mergedIntoId'>): void {
  if (ticket.mergedIntoId === null) return;
  throw illegalStep(ticket, `Ticket ${ticketNumber(ticket.number)} is merged already.`);
}

/** Whether the customer may rate a ticket: it is resolved or closed, and not a duplicate. */
export function isRatable({ status, mergedIntoId }: Pick<TicketRow, 'status' | 'mergedIntoId'>): boolean {
  return !isActive(status) && mergedIntoId === null;
}

/** @throws PosProError 409 ILLEGAL_STATE for a ticket that cannot be rated, and for one that has a rating. */
export function assertRatable(
  ticket: Pick<TicketRow, 'number' | 'status' | 'mergedIntoId' | 'satisfaction'>,
): void {
  const name = `Ticket ${ticketNumber(ticket.number)}`;
  if (ticket.satisfaction !== null) throw illegalStep(ticket, `${name} is rated already.`);
  assertNotMerged(ticket);
  if (!isRatable(ticket)) throw illegalStep(ticket, `${name} can be rated once it is resolved.`);
}

function illegalStep({ status }: Pick<TicketRow, 'status'>, message: string): PosProError {
  return new PosProError('ILLEGAL_STATE', message, { details: { status, allowed: STEPS[status] } });
}

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * The ticket to which a message of the customer belongs: this one with its next state, or a new one that follows it.
 * @param reopenDays days for which a resolved ticket can be reopened.
 */
export function stateAfterCustomer(
  { status, resolvedAt }: Pick<TicketRow, 'status' | 'resolvedAt'>,
  now: Date,
  reopenDays: number,
): TicketStatus | 'follow' {
  if (status === 'closed') return 'follow';
  if (status === 'resolved') {
    const until = resolvedAt!.getTime() + reopenDays * DAY_MS;
    return now.getTime() <= until ? 'open' : 'follow';
  }
  return status === 'pending_customer' ? 'open' : status;
}
