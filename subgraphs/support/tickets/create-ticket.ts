import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { FieldErrors } from '#kernel/validation';
import { branchOf, sellingTerms } from '#subgraphs/auth/index';
import type { CreateTicketInput } from '../inputs.generated';
import { confirmTicket } from '../mail/confirm-ticket';
import type { TicketMessageRow, TicketRow } from '../tables.generated';
import { checkedBody, checkedTexts } from './ticket-input.rules';
import { insertMessage, type MessageDraft } from './ticket-messages';
import { checkedReferences } from './ticket-references';
import { insertTicket, lockTicket, type TicketDraft } from './write-ticket';

/**
 * Creates a ticket with the question of a customer, and confirms one of a web form. Emits "ticket.changed".
 * @param id of the ticket. Optional; defaults to a new one.
 * @throws PosProError 404 for an unknown branch; 422 by field.
 */
export async function createTicket(
  ctx: RequestContext,
  input: CreateTicketInput,
  id = ctx.ids.next(),
): Promise<TicketRow> {
  const errors = new FieldErrors();
  const texts = checkedTexts(errors, input);
  const body = checkedBody(errors, input.body);
  errors.throwIfAny();
  return transact(
    ctx,
    async (tx) => {
      const { branchId } = await sellingTerms(tx, branchOf(ctx, input.branchId));
      const { customerId, orderId, queueId, assigneeId } = input;
      const references = await checkedReferences(tx, { customerId, orderId, queueId, assigneeId });
      const { ticket } = await openTicket(
        tx,
        ctx,
        {
          id,
          branchId,
          subject: input.subject,
          tags: [],
          ...texts,
          ...references,
          priority: input.priority ?? 'normal',
          channel: input.channel ?? 'phone',
        },
        { kind: 'customer', body, authorId: userOf(ctx) ?? null },
      );
      if (ticket.channel !== 'web') return ticket;
      await confirmTicket(tx, ctx, ticket);
      return lockTicket(tx, ticket.id);
    },
    { idempotent: { operation: 'createTicket', input } },
  );
}

/** Inserts a ticket with its first message. Emits "ticket.changed". */
export async function openTicket(
  tx: Transaction,
  ctx: RequestContext,
  draft: TicketDraft,
  message: MessageDraft,
): Promise<{ ticket: TicketRow; message: TicketMessageRow }> {
  const inserted = await insertTicket(tx, { ...draft, messagesCount: 1 });
  const row = await insertMessage(tx, ctx, { id: inserted.id, messagesCount: 0 }, message);
  return { ticket: inserted, message: row };
}
