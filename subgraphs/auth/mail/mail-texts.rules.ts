/** The texts of e-mails to users. Pure. */
import { LOCKOUT } from '#kernel/limits/index';
import type { Mail } from '#kernel/mail/mailer';
import { messageWriter, type MessageWriter } from '#kernel/messages/messages.rules';
import type { MailJobRow, UserTokenRow } from '../tables.generated';

/** Kind of e-mail. */
export type MailKind = MailJobRow['kind'];

/** The kinds that carry a secret. */
export type TokenKind = UserTokenRow['kind'];

const HOUR = 60 * 60 * 1000;
const DAY = 24 * HOUR;

/** Lifetime of the secret in an e-mail, in milliseconds. */
export const TOKEN_LIFETIME_MS: Readonly<Record<TokenKind, number>> = {
  password_reset: HOUR,
  invitation: 7 * DAY,
  verify_email: 3 * DAY,
};

export interface MailData {
  readonly email: string;
  readonly name: string;
  readonly organizationName: string;
  /** BCP 47; `documentLanguage` chooses it. */
  readonly language: string;
  /** Without a slash at its end. */
  readonly publicUrl: string;
}

/** The e-mail of a kind. @param token empty for a kind that carries none. */
export function mailText(kind: MailKind, data: MailData, token: string): Mail {
  const { name, organizationName, email: to } = data;
  const { language, text } = messageWriter(data.language);
  const { subject, lines } = TEXTS[kind](data, token, text);
  const parts = [text('mail.greeting', { name }), '', ...lines, '', organizationName, ''];
  return { to, subject, language, text: parts.join('\n') };
}

type Text = (
  data: MailData,
  token: string,
  text: MessageWriter['text'],
) => { subject: string; lines: string[] };

/** The link with the secret, and the secret itself for programs that ask for it. */
function secretLines({ publicUrl }: MailData, page: string, token: string, text: MessageWriter['text']) {
  return [
    '',
    `${publicUrl}/${page}?token=${encodeURIComponent(token)}`,
    '',
    text('mail.code'),
    '',
    token,
    '',
  ];
}

const LOCKED_MINUTES = LOCKOUT.forSeconds / 60;

const TEXTS: Readonly<Record<MailKind, Text>> = {
  password_reset: (data, token, text) => ({
    subject: text('mail.passwordReset.subject'),
    lines: [
      text('mail.passwordReset.start', { count: TOKEN_LIFETIME_MS.password_reset / HOUR }),
      ...secretLines(data, 'reset-password', token, text),
      text('mail.passwordReset.end'),
    ],
  }),
  invitation: (data, token, text) => {
    const organization = data.organizationName;
    return {
      subject: text('mail.invitation.subject', { organization }),
      lines: [
        text('mail.invitation.start', { organization, count: TOKEN_LIFETIME_MS.invitation / DAY }),
        ...secretLines(data, 'reset-password', token, text),
        text('mail.invitation.end', { email: data.email }),
      ],
    };
  },
  verify_email: (data, token, text) => ({
    subject: text('mail.verifyEmail.subject'),
    lines: [
      text('mail.verifyEmail.start', { count: TOKEN_LIFETIME_MS.verify_email / DAY }),
      ...secretLines(data, 'verify-email', token, text),
      text('mail.verifyEmail.end'),
    ],
  }),
  account_locked: (_data, _token, text) => ({
    subject: text('mail.accountLocked.subject', { count: LOCKED_MINUTES }),
    lines: [
      text('mail.accountLocked.start', { failures: LOCKOUT.failures, count: LOCKED_MINUTES }),
      '',
      text('mail.accountLocked.end'),
    ],
  }),
};
