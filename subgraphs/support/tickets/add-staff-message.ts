import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { queueReply } from '../mail/ticket-mails';
import type { TicketMessageRow, TicketRow } from '../tables.generated';
import { insertMessage, type MessageDraft } from './ticket-messages';
import { assertNotClosed, assertStep, type TicketStatus } from './ticket-states.rules';
import { changeTicket } from './write-ticket';

/**
 * Adds a reply or a note to a locked ticket, and queues the mail of a reply. Only a reply that a person wrote is a response to the
 * customer. Emits "ticket.changed".
 * @throws PosProError 409 ILLEGAL_STATE for a reply to a closed ticket and for an illegal step.
 */
export async function addStaffMessage(
  tx: Transaction,
  ctx: RequestContext,
  ticket: TicketRow,
  draft: MessageDraft & { kind: 'reply' | 'note' },
  status?: TicketStatus | null,
): Promise<TicketMessageRow> {
  if (draft.kind === 'reply') assertNotClosed(ticket);
  if (status) assertStep(ticket, status);
  const isResponse = draft.kind === 'reply' && draft.automatic !== true;
  const message = await insertMessage(tx, ctx, ticket, draft);
  const changes = {
    messagesCount: message.number,
    ...(status && { status }),
    ...(isResponse && { awaitingSince: null, firstRespondedAt: ticket.firstRespondedAt ?? tx.now }),
  };
  await changeTicket(tx, ctx, ticket, changes, draft.kind);
  if (draft.kind === 'reply') await queueReply(tx, ctx, ticket, message);
  return message;
}
