/** Reads MIME messages. */
import { createHash } from 'node:crypto';
import PostalMime from 'postal-mime';
import { cleanName, cleanText } from '#kernel/clean-text.rules';
import { invalid } from '#kernel/errors';
import { isEmail } from '#kernel/validation';
import { bareSubject, mailIds, type MailHead } from './mail-filter.rules';
import { htmlText } from './quoted-text.rules';

/** An incoming mail. */
export interface IncomingMail extends MailHead {
  /** The Message-ID without brackets; without one, the hash of the mail. */
  readonly mailId: string;
  readonly fromName: string | null;
  /** As sent. */
  readonly subject: string;
  /** Without prefixes, for a new ticket. */
  readonly newSubject: string;
  readonly text: string;
  /** The ids of the mails that it answers, the nearest last. */
  readonly references: readonly string[];
  readonly files: readonly { readonly name: string; readonly bytes: Buffer }[];
}

const MAX_SUBJECT = 200;
const MAX_ID = 500;
const CONTROL_BUT_LINES = /[^\P{Cc}\n\t]/gu;

/** @throws PosProError 422 for bytes that are not a mail with a sender. */
export async function readMail(bytes: Buffer): Promise<IncomingMail> {
  const mail = await parsed(bytes);
  const from = mail.from?.address?.trim().toLowerCase() ?? '';
  if (!isEmail(from)) throw invalid('', 'The mail has no valid sender.', 'MAIL');
  const [ownId] = mailIds(mail.messageId);
  const subject = cleanName(mail.subject ?? '');
  const text = mail.text?.trim() ? mail.text : htmlText(mail.html ?? '');
  return {
    from,
    fromName: cleanName(mail.from?.name ?? '').slice(0, MAX_SUBJECT) || null,
    headers: new Map(mail.headers.map(({ key, value }) => [key, value])),
    mailId: ownId?.slice(0, MAX_ID) ?? `${createHash('sha256').update(bytes).digest('hex')}@hash`,
    subject,
    newSubject: [...bareSubject(subject)].slice(0, MAX_SUBJECT).join('') || 'No subject',
    text: cleanText(text.replace(/\r\n?/g, '\n').replace(CONTROL_BUT_LINES, ' ')),
    references: [...mailIds(mail.references), ...mailIds(mail.inReplyTo)],
    files: mail.attachments.map(({ filename, content }) => ({
      name: filename ?? '',
      bytes: typeof content === 'string' ? Buffer.from(content) : Buffer.from(content as Uint8Array),
    })),
  };
}

async function parsed(bytes: Buffer) {
  try {
    return await PostalMime.parse(bytes);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw invalid('', `The body cannot be read as a mail: ${reason}`, 'MAIL');
  }
}
