/** Incoming mails: a signed webhook hands over the message as it was received, and it becomes a message of a ticket. */
import { systemContext, type RequestContext, type Services } from '#kernel/context';
import { sql, type Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { PosProError } from '#kernel/errors';
import { requireFeature } from '#kernel/features';
import { isUuid } from '#kernel/ids';
import type { RawRequest } from '#kernel/graph/raw-route';
import { isSignatureOf, SIGNATURE_HEADER } from '#kernel/webhook-signature.rules';
import { sellingTermsOfAll } from '#subgraphs/auth/index';
import { customerByEmail } from '#subgraphs/customers/index';
import {
  attachmentFile,
  MAX_ATTACHMENT_BYTES,
  withStoredFiles,
  type AttachmentFile,
} from '../attachments/attachment-files';
import { insertAttachments, MAX_ATTACHMENTS } from '../attachments/ticket-attachments';
import { tickets, type TicketRow } from '../tables.generated';
import { openTicket } from '../tickets/create-ticket';
import { addCustomerMessage, type TicketReply } from '../tickets/reply-to-ticket';
import { MAX_BODY } from '../tickets/ticket-input.rules';
import { insertMessage } from '../tickets/ticket-messages';
import { ticketNumber } from '../tickets/ticket-states.rules';
import { changeTicket, lockCurrentTicket } from '../tickets/write-ticket';
import { confirmTicket } from './confirm-ticket';
import { ignoredReason, mailIds, numberInSubject, type IgnoredReason } from './mail-filter.rules';
import { incomingMailAccount } from './mail-settings';
import { withoutQuote } from './quoted-text.rules';
import { readMail, type IncomingMail } from './read-mail';
import { insertMail, requesterAddress } from './ticket-mails';

/** Mails of one sender in an hour; further ones are ignored, because a program may be sending them. */
const MAX_PER_HOUR = 20;
const HOUR_MS = 3_600_000;

/** The result of a mail: a message of a ticket, or the reason for which it was ignored. */
export type ReceivedMail = { readonly ticket: string } | { readonly ignored: IgnoredReason };

/**
 * Verifies and handles a mail. If that fails, nothing is stored, and the sender of the webhook sends it again.
 * @throws PosProError 401 for a wrong signature, also for an unknown organization and one without a secret; 403 while mail of tickets is
 * switched off, and for a question while tickets are; 422 for bytes that are not a mail.
 */
export async function receiveMail(
  services: Services,
  { params, headers, body }: RawRequest,
): Promise<ReceivedMail> {
  const organizationId = (params.organization ?? '').toLowerCase();
  const ctx = systemContext(services, organizationId, { address: 'support mail' });
  const account = isUuid(organizationId)
    ? await incomingMailAccount(ctx.db, ctx.config, organizationId)
    : undefined;
  if (!account || !isSignatureOf(headers[SIGNATURE_HEADER], body, account.secret, ctx.clock.now()))
    throw new PosProError(
      'UNAUTHENTICATED',
      'The signature of the mail is wrong or older than five minutes.',
    );
  await requireFeature(ctx, 'supportMail');
  const mail = await readMail(body);
  const reason = ignoredReason(mail, account.address);
  if (reason === 'bounce') await recordBounce(ctx, body);
  if (reason) return { ignored: reason };
  const files = mail.files
    .filter(({ bytes }) => bytes.length > 0 && bytes.length <= MAX_ATTACHMENT_BYTES)
    .flatMap(({ name, bytes }) => attachmentFile(ctx, name, bytes) ?? [])
    .slice(0, MAX_ATTACHMENTS);
  const store = () => transact(ctx, (tx) => addMail(tx, ctx, mail, files));
  return withStoredFiles(ctx, files, store, (result) =>
    'ticket' in result ? files.map(({ storageKey }) => storageKey) : [],
  );
}

async function addMail(
  tx: Transaction,
  ctx: RequestContext,
  mail: IncomingMail,
  files: readonly AttachmentFile[],
): Promise<ReceivedMail> {
  // Two deliveries of one mail, and the mails of one sender, wait for each other here, so that each is counted.
  const key = `${tx.organizationId} ${mail.from}`;
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${key}::text, 0))`);
  const ignored = await knownReason(tx, mail);
  if (ignored) return { ignored };
  const known = await ticketOf(tx, mail);
  const reply = known ? await answer(tx, ctx, known, mail) : await ask(tx, ctx, mail);
  await insertAttachments(tx, ctx, reply.message, files);
  await insertMail(tx, ctx, reply.message, {
    direction: 'in',
    status: 'received',
    mailId: mail.mailId,
    address: mail.from,
  });
  if (files.length < mail.files.length) await addRemark(tx, ctx, reply.ticketId, missingFiles(mail, files));
  const ticket = await lockCurrentTicket(tx, reply.ticketId);
  if (reply.message.number === 1) await confirmTicket(tx, ctx, ticket);
  return { ticket: ticketNumber(ticket.number) };
}

/** The reason for which a mail is ignored by what is stored. */
async function knownReason(
  tx: Transaction,
  { mailId, from }: IncomingMail,
): Promise<IgnoredReason | undefined> {
  const since = new Date(tx.now.getTime() - HOUR_MS);
  const { isKnown, count } = await tx.one<{ isKnown: boolean; count: number }>(sql`
    select exists (select from ticket_mails m where m.mail_id = ${mailId}) as is_known,
      (select count(*) from ticket_mails m
       where m.address = ${from} and m.direction = 'in' and m.created_at > ${since}::timestamptz) as count`);
  if (isKnown) return 'duplicate';
  return count >= MAX_PER_HOUR ? 'rate' : undefined;
}

/** The ticket that a mail answers: by the ids of its thread; by the number in its subject only for the person who asked. */
async function ticketOf(tx: Transaction, mail: IncomingMail): Promise<TicketRow | undefined> {
  const threaded = await tx.maybeOne<{ ticketId: string }>(sql`
    select m.ticket_id from ticket_mails m where m.mail_id = any(${mail.references}::text[]) order by m.id desc limit 1`);
  if (threaded) return lockCurrentTicket(tx, threaded.ticketId);
  const number = numberInSubject(mail.subject);
  const named =
    number === undefined
      ? undefined
      : await tx.maybeOne<TicketRow>(
          sql`select ${tickets.select('t')} from tickets t where t.number = ${number}`,
        );
  if (!named || (await requesterAddress(tx, named))?.toLowerCase() !== mail.from) return undefined;
  return lockCurrentTicket(tx, named.id);
}

function answer(
  tx: Transaction,
  ctx: RequestContext,
  ticket: TicketRow,
  mail: IncomingMail,
): Promise<TicketReply> {
  return addCustomerMessage(tx, ctx, ticket, draftOf(withoutQuote(mail.text)));
}

/** Creates a ticket for the customer with the sender's address, or for an unknown person. */
async function ask(tx: Transaction, ctx: RequestContext, mail: IncomingMail): Promise<TicketReply> {
  await requireFeature({ ...ctx, db: tx }, 'support');
  const [branch] = await sellingTermsOfAll(tx);
  const { branchId } = branch!;
  const customer = await customerByEmail(tx, mail.from);
  const requester = customer
    ? { customerId: customer.id }
    : { requesterName: mail.fromName, requesterEmail: mail.from };
  const draft = {
    id: ctx.ids.next(),
    branchId,
    subject: mail.newSubject,
    tags: [],
    channel: 'email' as const,
  };
  const { ticket, message } = await openTicket(tx, ctx, { ...draft, ...requester }, draftOf(mail.text));
  return { ticketId: ticket.id, message };
}

function draftOf(text: string) {
  const characters = [...text];
  const body = characters.length <= MAX_BODY ? text : `${characters.slice(0, MAX_BODY - 1).join('')}…`;
  return { kind: 'customer' as const, body: body || '(The mail has no text.)', authorId: null };
}

function missingFiles(mail: IncomingMail, files: readonly AttachmentFile[]): string {
  return `${mail.files.length - files.length} of ${mail.files.length} files of the mail were not stored, because of their type, size or number.`;
}

/** Adds a remark for the staff. */
async function addRemark(
  tx: Transaction,
  ctx: RequestContext,
  ticketId: string,
  body: string,
): Promise<void> {
  const ticket = await lockCurrentTicket(tx, ticketId);
  const { number } = await insertMessage(tx, ctx, ticket, { kind: 'system', body, authorId: null });
  await changeTicket(tx, ctx, ticket, { messagesCount: number }, 'note');
}

/** A reply came back: the staff reads it in the ticket. A bounce of anything else is ignored. */
async function recordBounce(ctx: RequestContext, body: Buffer): Promise<void> {
  await transact(ctx, async (tx) => {
    const returned = await tx.maybeOne<{ ticketId: string }>(sql`
      update ticket_mails set status = 'failed', due_at = null
      where id = (select m.id from ticket_mails m
        where m.mail_id = any(${mailIds(body.toString('latin1'))}::text[]) and m.direction = 'out' and m.status <> 'failed'
        order by m.id desc limit 1)
      returning ticket_id`);
    if (returned)
      await addRemark(
        tx,
        ctx,
        returned.ticketId,
        'A reply was returned to us: its address does not receive mail.',
      );
  });
}
