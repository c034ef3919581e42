/** Mails of tickets: those that came in, and those that go out, which are queued in the transaction of their message. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable, type Transaction } from '#kernel/db/database';
import { DATABASE_NOW } from '#kernel/db/database-clock';
import { readFeatures } from '#kernel/features';
import { customerById } from '#subgraphs/customers/index';
import { ticketMails, type TicketMailRow, type TicketMessageRow, type TicketRow } from '../tables.generated';
import { mailSettings } from './mail-settings';

/** The addresses between which a reply is mailed. */
export interface ReplyRoute {
  /** That of the support. */
  readonly own: string;
  readonly to: string;
}

/** Undefined without an address of either side, and while mail of tickets is switched off: replies are not mailed. */
export async function replyRoute(db: Queryable, ticket: TicketRow): Promise<ReplyRoute | undefined> {
  const { address: own } = await mailSettings(db);
  const to = own === null ? null : await requesterAddress(db, ticket);
  if (own === null || to === null || !(await readFeatures(db)).supportMail) return undefined;
  return { own, to };
}

/** Queues a reply for the person who asked, if there is a route to them. */
export async function queueReply(
  tx: Transaction,
  ctx: RequestContext,
  ticket: TicketRow,
  message: TicketMessageRow,
): Promise<void> {
  const route = await replyRoute(tx, ticket);
  if (!route) return;
  // The id of the message has 74 random bits, so only those who received the mail know its Message-ID.
  const mailId = `${message.id}@${route.own.split('@')[1]!}`;
  const out = { direction: 'out', status: 'queued', mailId, address: route.to } as const;
  await insertMail(tx, ctx, message, out);
}

/** The address to which replies go; null without one. */
export async function requesterAddress(db: Queryable, ticket: TicketRow): Promise<string | null> {
  if (ticket.requesterEmail !== null) return ticket.requesterEmail;
  const customer = ticket.customerId === null ? undefined : await customerById(db, ticket.customerId);
  return customer?.email ?? null;
}

const UNTIMED = ticketMails.omit('dueAt');

/** Stores a mail of a message. One that is queued is due. */
export async function insertMail(
  tx: Transaction,
  ctx: RequestContext,
  message: Pick<TicketMessageRow, 'id' | 'ticketId'>,
  mail: Pick<TicketMailRow, 'direction' | 'status' | 'mailId' | 'address'>,
): Promise<void> {
  const row = {
    ...mail,
    id: ctx.ids.next(),
    organizationId: tx.organizationId,
    ticketId: message.ticketId,
    messageId: message.id,
    createdAt: tx.now,
  };
  const dueAt = mail.status === 'queued' ? DATABASE_NOW : sql`null`;
  await tx.run(sql`
    insert into ticket_mails (${UNTIMED.columns}, due_at) values (${UNTIMED.parameters(row)}, ${dueAt})`);
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
