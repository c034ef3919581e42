/** Mails of tickets: those that came in, and those that go out, which are queued in the transaction of their message. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { readFeatures } from '#kernel/features';
import { customerById } from '#subgraphs/customers/index';
import { ticketMails, type TicketMailRow, type TicketMessageRow, type TicketRow } from '../tables.generated';
import { mailSettings } from './mail-settings';

/** Queues a reply for the person who asked. Without an address of either side, or while mail of tickets is switched off, nothing is sent. */
export async function queueReply(
  tx: Transaction,
  ctx: RequestContext,
  ticket: TicketRow,
  message: TicketMessageRow,
): Promise<void> {
  const { address: own } = await mailSettings(tx);
  const address = own === null ? null : await requesterAddress(tx, ticket);
  if (own === null || address === null || !(await readFeatures(tx)).supportMail) return;
  // The id of the message has 74 random bits, so only those who received the mail know its Message-ID.
  const mailId = `${message.id}@${own.split('@')[1]!}`;
  const out = { direction: 'out', status: 'queued', dueAt: tx.now, mailId, address } as const;
  await insertMail(tx, ctx, message, out);
}

/** The address to which replies go; null without one. */
export async function requesterAddress(db: Queryable, ticket: TicketRow): Promise<string | null> {
  if (ticket.requesterEmail !== null) return ticket.requesterEmail;
  const customer = ticket.customerId === null ? undefined : await customerById(db, ticket.customerId);
  return customer?.email ?? null;
}

/** Stores a mail of a message. */
export async function insertMail(
  tx: Transaction,
  ctx: RequestContext,
  message: Pick<TicketMessageRow, 'id' | 'ticketId'>,
  mail: Pick<TicketMailRow, 'direction' | 'status' | 'dueAt' | 'mailId' | 'address'>,
): Promise<void> {
  await tx.run(
    ticketMails.insert({
      ...mail,
      id: ctx.ids.next(),
      organizationId: tx.organizationId,
      ticketId: message.ticketId,
      messageId: message.id,
      createdAt: tx.now,
    }),
  );
}

/** The outgoing mails of messages. */
export async function mailsOfMessages(
  db: Queryable,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, TicketMailRow>> {
  const rows = await db.many<TicketMailRow>(sql`
    select ${ticketMails.select('m')} from ticket_mails m
    where m.message_id = any(${messageIds}::uuid[]) and m.direction = 'out'`);
  return new Map(rows.map((row) => [row.messageId, row]));
}
