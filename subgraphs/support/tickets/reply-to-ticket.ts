/** Messages to a ticket: replies and notes of the staff, and messages of the customer. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { invalid } from '#kernel/errors';
import { FieldErrors } from '#kernel/validation';
import type { TicketReplyInput } from '../inputs.generated';
import { answerText } from '../answers/fill-answer';
import { nameAttachments } from '../attachments/ticket-attachments';
import { supportSettings } from '../settings/support-settings';
import type { TicketMessageRow, TicketRow } from '../tables.generated';
import { addStaffMessage } from './add-staff-message';
import { openTicket } from './create-ticket';
import { checkedBody } from './ticket-input.rules';
import { insertMessage, type MessageDraft } from './ticket-messages';
import { assertStep, stateAfterCustomer, type TicketStatus } from './ticket-states.rules';
import { changeTicket, lockCurrentTicket } from './write-ticket';

/** A message, with the ticket to which it was added. */
export interface TicketReply {
  readonly ticketId: string;
  readonly message: TicketMessageRow;
}

/**
 * Adds a message to a ticket; to a merged one, to the ticket that it became. Emits "ticket.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE for a reply to a closed ticket and for an illegal step; 422 by field.
 */
export async function replyToTicket(
  ctx: RequestContext,
  id: string,
  input: TicketReplyInput,
): Promise<TicketReply> {
  const body = writtenBody(input);
  const kind = input.kind ?? 'reply';
  if (kind === 'system') throw invalid('kind', 'Must be reply, note or customer.');
  return transact(
    ctx,
    async (tx) => {
      const ticket = await lockCurrentTicket(tx, id);
      const text = body ?? (await answerText(tx, ctx, ticket, input.cannedAnswerId!));
      const draft = { kind, body: text, authorId: userOf(ctx) ?? null };
      const reply =
        kind === 'customer'
          ? await addCustomerMessage(tx, ctx, ticket, draft, input.status)
          : {
              ticketId: ticket.id,
              message: await addStaffMessage(tx, ctx, ticket, { ...draft, kind }, input.status),
            };
      await nameAttachments(tx, ticket.id, reply.message, input.attachmentIds ?? []);
      return reply;
    },
    { idempotent: { operation: 'replyToTicket', input: { id, ...input } } },
  );
}

/** The text that the caller wrote; undefined for a canned answer. @throws PosProError 422 by field. */
function writtenBody({ body, cannedAnswerId }: TicketReplyInput): string | undefined {
  const errors = new FieldErrors();
  const text = cannedAnswerId == null ? checkedBody(errors, body ?? '') : undefined;
  if (cannedAnswerId != null && body != null)
    errors.add('cannedAnswerId', 'Send either a text or a canned answer.');
  errors.throwIfAny();
  return text;
}

/**
 * Adds a message of the customer. It reopens a resolved ticket for some days; afterwards, and to a closed ticket, it makes a new ticket
 * that names the old one.
 */
export async function addCustomerMessage(
  tx: Transaction,
  ctx: RequestContext,
  ticket: TicketRow,
  draft: MessageDraft,
  status?: TicketStatus | null,
): Promise<TicketReply> {
  const { reopenDays } = await supportSettings(tx);
  const next = stateAfterCustomer(ticket, tx.now, reopenDays);
  if (next === 'follow') return followTicket(tx, ctx, ticket, draft);
  if (status) assertStep(ticket, status);
  const message = await insertMessage(tx, ctx, ticket, draft);
  const changes = {
    messagesCount: message.number,
    status: status ?? next,
    awaitingSince: ticket.awaitingSince ?? tx.now,
  };
  await changeTicket(tx, ctx, ticket, changes, 'customer');
  return { ticketId: ticket.id, message };
}

/** Makes a ticket that continues a closed one: of the same person, about the same order, in the same queue. */
async function followTicket(
  tx: Transaction,
  ctx: RequestContext,
  ticket: TicketRow,
  draft: MessageDraft,
): Promise<TicketReply> {
  const { branchId, subject, channel, queueId, customerId, orderId, requesterName, requesterEmail, tags } =
    ticket;
  const next = await openTicket(
    tx,
    ctx,
    {
      id: ctx.ids.next(),
      followsId: ticket.id,
      branchId,
      subject,
      channel,
      queueId,
      customerId,
      orderId,
      requesterName,
      requesterEmail,
      tags,
    },
    draft,
  );
  return { ticketId: next.ticket.id, message: next.message };
}
