/** Sends queued replies, each by the process that claims it first. A mail that fails is tried again for some four hours. */
import { buffer } from 'node:stream/consumers';
import { systemContext, type Services } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { DATABASE_NOW, databaseTimeIn } from '#kernel/db/database-clock';
import { rowsByIds } from '#kernel/db/rows-by-id';
import { readFeatures } from '#kernel/features';
import type { Stop } from '#kernel/graph/subgraph';
import { createMailer, type Mail, type Mailer } from '#kernel/mail/mailer';
import { messageWriter } from '#kernel/messages/messages.rules';
import { startPeriodicWork } from '#kernel/periodic-work';
import { storageOf } from '#kernel/storage/index';
import { sellingTerms } from '#subgraphs/auth/index';
import { attachmentsOfMessages } from '../attachments/ticket-attachments';
import { ratingUrl } from '../ratings/rating-link';
import { ticketMails, ticketMessages, type TicketMailRow, type TicketMessageRow } from '../tables.generated';
import { ticketNumber } from '../tickets/ticket-states.rules';
import { requireTicket } from '../tickets/tickets.queries';
import { mailSettings } from './mail-settings';
import { requesterLanguage } from './requester-language';

const INTERVAL_MS = 5_000;
/** Half a minute after the first failure, then twice as long each time. */
const FIRST_PAUSE_MS = 30_000;
const MAX_ATTEMPTS = 10;
/** Time for which a mail belongs to the process that claimed it; longer than the timeout of a mail server. */
const CLAIM_MS = 120_000;
/** Ids in References; the first and the latest say enough. */
const MAX_REFERENCES = 20;

/** Sends all due replies. @returns how many were sent. */
export async function sendTicketMails(services: Services, mailer: Mailer): Promise<number> {
  let sent = 0;
  for (;;) {
    const mail = await claim(services);
    if (!mail) return sent;
    if (await send(services, mailer, mail)) sent += 1;
  }
}

function claim({ database }: Services): Promise<TicketMailRow | undefined> {
  return database.system.maybeOne<TicketMailRow>(sql`
    update ticket_mails set attempts = attempts + 1, due_at = ${databaseTimeIn(CLAIM_MS)}
    where id = (select id from ticket_mails where due_at <= ${DATABASE_NOW} order by due_at, id limit 1 for update skip locked)
    returning ${ticketMails.columns}`);
}

async function send(services: Services, mailer: Mailer, mail: TicketMailRow): Promise<boolean> {
  const { id, attempts } = mail;
  try {
    const composed = await compose(services, mail);
    if (composed) await mailer.send(composed);
    await settle(services, id, composed ? 'sent' : 'failed', null);
    return composed !== undefined;
  } catch (error) {
    services.log.warn({ err: error, mail: id, attempts }, 'a reply to a ticket could not be sent');
    const pause = FIRST_PAUSE_MS * 2 ** (attempts - 1);
    if (attempts < MAX_ATTEMPTS) await settle(services, id, 'queued', pause);
    else await settle(services, id, 'failed', null);
    return false;
  }
}

async function settle(
  { database }: Services,
  id: string,
  status: TicketMailRow['status'],
  pauseMs: number | null,
): Promise<void> {
  const dueAt = pauseMs === null ? sql`null` : databaseTimeIn(pauseMs);
  await database.system.run(
    sql`update ticket_mails set status = ${status}, due_at = ${dueAt} where id = ${id}`,
  );
}

/** The mail; undefined if its customer was erased, the support has no address any more, or mail of tickets was switched off. */
async function compose(services: Services, mail: TicketMailRow): Promise<Mail | undefined> {
  const { db, config } = systemContext(services, mail.organizationId, { address: 'support' });
  const { address: own } = await mailSettings(db);
  if (own === null || mail.address === null || !(await readFeatures(db)).supportMail) return undefined;
  const ticket = await requireTicket(db, mail.ticketId);
  const [message] = (await rowsByIds<TicketMessageRow>(db, ticketMessages, [mail.messageId])).values();
  const { organizationName, ...languages } = await sellingTerms(db, ticket.branchId);
  const language = await requesterLanguage(db, ticket, languages);
  const thread = await threadOf(db, mail);
  return {
    from: `"${organizationName.replace(/["\\]/g, '')}" <${own}>`,
    to: mail.address,
    subject: `[${ticketNumber(ticket.number)}] ${ticket.subject}`,
    text: mailBody(message!, language, ratingUrl(config, ticket)),
    // A person wrote in any language; the platform in that of the person who asked.
    ...(message!.automatic && { language }),
    messageId: `<${mail.mailId}>`,
    ...(thread.length > 0 && { inReplyTo: thread.at(-1)!, references: thread }),
    headers: {
      'X-Loop': own,
      // Other programs send no notice of absence to an automatic mail.
      ...(message!.automatic && { 'Auto-Submitted': 'auto-replied', 'X-Auto-Response-Suppress': 'All' }),
    },
    attachments: await filesOf(services, db, mail.messageId),
  };
}

function mailBody({ body }: TicketMessageRow, language: string, link: string | undefined): string {
  if (link === undefined) return `${body}\n`;
  return `${body}\n\n${messageWriter(language).text('mail.ticket.rating', { link })}\n`;
}

/** The ids of the earlier mails of the ticket, the latest last: the first one, and the latest. */
async function threadOf(db: Queryable, { ticketId, id }: TicketMailRow): Promise<string[]> {
  const rows = await db.many<{ mailId: string }>(sql`
    select m.mail_id from ticket_mails m where m.ticket_id = ${ticketId} and m.id < ${id} order by m.id`);
  const ids = rows.map(({ mailId }) => `<${mailId}>`);
  return ids.length <= MAX_REFERENCES ? ids : [ids[0]!, ...ids.slice(1 - MAX_REFERENCES)];
}

/** The files of the message. A lost one fails the mail, so that no reply goes out without it. */
async function filesOf({ config }: Services, db: Queryable, messageId: string) {
  const rows = (await attachmentsOfMessages(db, [messageId])).get(messageId) ?? [];
  return Promise.all(
    rows.map(async ({ storageKey, filename, contentType }) => {
      const file = await storageOf(config).get(storageKey);
      if (!file) throw new Error(`The file ${storageKey} does not exist.`);
      return { filename, contentType, content: await buffer(file.stream) };
    }),
  );
}

/** Looks for queued replies every 5 seconds until it is stopped. */
export function startTicketMails(services: Services): Stop {
  const mailer = createMailer(services);
  const failure = 'the queue of replies could not be read';
  const stop = startPeriodicWork(services, { intervalMs: INTERVAL_MS, failure }, () =>
    sendTicketMails(services, mailer),
  );
  return async () => {
    await stop();
    mailer.close();
  };
}
