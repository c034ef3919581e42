import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { messageWriter } from '#kernel/messages/messages.rules';
import { sellingTerms } from '#subgraphs/auth/index';
import type { TicketRow } from '../tables.generated';
import { addStaffMessage } from '../tickets/add-staff-message';
import { ticketNumber } from '../tickets/ticket-states.rules';
import { requesterLanguage } from './requester-language';
import { replyRoute } from './ticket-mails';

/**
 * Confirms a new ticket to the person who asked: an automatic reply with the number of the ticket, in their language. Without an address
 * of either side, or while mail of tickets is switched off, the ticket gets none. The caller has checked that a person asked: the
 * confirmation of a program's mail could be answered by the program.
 */
export async function confirmTicket(tx: Transaction, ctx: RequestContext, ticket: TicketRow): Promise<void> {
  if (!(await replyRoute(tx, ticket))) return;
  const terms = await sellingTerms(tx, ticket.branchId);
  const { text } = messageWriter(await requesterLanguage(tx, ticket, terms));
  const number = ticketNumber(ticket.number);
  const body = `${text('mail.ticket.confirmation', { number })}\n\n${terms.organizationName}`;
  await addStaffMessage(tx, ctx, ticket, { kind: 'reply', body, authorId: null, automatic: true });
}
