/** Canned answers with the values of one ticket. */
import { userOf } from '#kernel/auth/access';
import type { RequestContext } from '#kernel/context';
import type { Queryable, Transaction } from '#kernel/db/database';
import { rowsByIds } from '#kernel/db/rows-by-id';
import { invalid, invalidFields } from '#kernel/errors';
import { sellingTerms, usersById } from '#subgraphs/auth/index';
import { customerById } from '#subgraphs/customers/index';
import { ordersByIds } from '#subgraphs/orders/index';
import { cannedAnswers, type CannedAnswerRow, type TicketRow } from '../tables.generated';
import { ticketNumber } from '../tickets/ticket-states.rules';
import { requireTicket } from '../tickets/tickets.queries';
import { unknownReference } from '../unknown-reference';
import { requireCannedAnswer } from './canned-answers';
import { fillPlaceholders, type Placeholder, type PlaceholderValues } from './placeholders.rules';

/** A canned answer for one ticket. */
export interface FilledAnswer {
  readonly body: string;
  readonly missing: readonly Placeholder[];
}

/** A canned answer as the caller would send it to the customer of a ticket. @throws PosProError 404. */
export async function filledAnswer(
  ctx: RequestContext,
  ticketId: string,
  cannedAnswerId: string,
): Promise<FilledAnswer> {
  const ticket = await requireTicket(ctx.db, ticketId);
  const { body } = await requireCannedAnswer(ctx.db, cannedAnswerId);
  return fillPlaceholders(body, await placeholderValues(ctx.db, ctx, ticket));
}

/**
 * The text of a reply with a canned answer.
 * @throws PosProError 422 for an unknown answer, and for placeholders with neither a value nor a substitute.
 */
export async function answerText(
  tx: Transaction,
  ctx: RequestContext,
  ticket: TicketRow,
  cannedAnswerId: string,
): Promise<string> {
  const answers = await rowsByIds<CannedAnswerRow>(tx, cannedAnswers, [cannedAnswerId]);
  const [answer] = answers.values();
  if (!answer) throw invalidFields([unknownReference('cannedAnswerId', 'canned answer')]);
  const { body, missing } = fillPlaceholders(answer.body, await placeholderValues(tx, ctx, ticket));
  if (missing.length === 0) return body;
  const message = `The ticket has no value for ${missing.join(', ')}.`;
  throw invalid('cannedAnswerId', message, 'PLACEHOLDER');
}

async function placeholderValues(
  db: Queryable,
  ctx: RequestContext,
  ticket: TicketRow,
): Promise<PlaceholderValues> {
  const { branchName, organizationName } = await sellingTerms(db, ticket.branchId);
  const { requesterName, customerId, orderId } = ticket;
  const [order] = orderId === null ? [] : await ordersByIds(db, [orderId]);
  const customer = customerId === null ? undefined : await customerById(db, customerId);
  const [agent] = await usersById(db, [userOf(ctx) ?? '']);
  return {
    'ticket.number': ticketNumber(ticket.number),
    'ticket.subject': ticket.subject,
    'requester.name': requesterName ?? customer?.name ?? null,
    'order.number': order?.number ?? null,
    'agent.name': agent?.name ?? null,
    'branch.name': branchName,
    'organization.name': organizationName,
  };
}
