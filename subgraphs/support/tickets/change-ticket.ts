/** Changes of a ticket by the staff: its fields, its state, its user and queue. */
import type { RequestContext } from '#kernel/context';
import { withoutNull } from '#kernel/collections';
import { transact } from '#kernel/db/transact';
import { FieldErrors } from '#kernel/validation';
import type { AssignTicketInput, UpdateTicketStatusInput, UpdateTicketInput } from '../inputs.generated';
import type { TicketRow } from '../tables.generated';
import { checkedTexts } from './ticket-input.rules';
import { checkedReferences } from './ticket-references';
import { assertStep } from './ticket-states.rules';
import { changeTicket, lockTicket } from './write-ticket';

/**
 * Changes a ticket. Emits "ticket.changed".
 * @throws PosProError 404; 422 by field; 409 or 412 for another version.
 */
export async function updateTicket(
  ctx: RequestContext,
  id: string,
  { version, ...input }: UpdateTicketInput,
): Promise<TicketRow> {
  return transact(ctx, async (tx) => {
    const before = await lockTicket(tx, id, version);
    const errors = new FieldErrors();
    const texts = checkedTexts(errors, input);
    errors.throwIfAny();
    const { customerId, orderId, priority } = input;
    const references = await checkedReferences(tx, { customerId, orderId }, before.customerId);
    const changes = { ...texts, ...references, ...withoutNull({ priority }) };
    return changeTicket(tx, ctx, before, changes, 'updated');
  });
}

/**
 * Moves a ticket to another state. Emits "ticket.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE for an illegal step; 409 or 412 for another version.
 */
export async function updateTicketStatus(
  ctx: RequestContext,
  id: string,
  { status, version }: UpdateTicketStatusInput,
): Promise<TicketRow> {
  return transact(ctx, async (tx) => {
    const before = await lockTicket(tx, id, version);
    assertStep(before, status);
    return changeTicket(tx, ctx, before, { status }, 'status');
  });
}

/**
 * Gives a ticket to a user or a queue, whose service level then applies. Emits "ticket.changed".
 * @throws PosProError 404; 422 by field; 409 or 412 for another version.
 */
export async function assignTicket(
  ctx: RequestContext,
  id: string,
  { version, assigneeId, queueId }: AssignTicketInput,
): Promise<TicketRow> {
  return transact(ctx, async (tx) => {
    const before = await lockTicket(tx, id, version);
    const changes = await checkedReferences(tx, { assigneeId, queueId });
    return changeTicket(tx, ctx, before, changes, 'assigned');
  });
}
