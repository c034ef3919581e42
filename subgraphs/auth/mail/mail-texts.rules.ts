/** The texts of e-mails to users. Pure. */
import type { Mail } from '#kernel/mail/mailer';
import type { MailJobRow, UserTokenRow } from '../tables.generated';

/** Kind of e-mail. */
export type MailKind = MailJobRow['kind'];

/** The kinds that carry a secret. */
export type TokenKind = UserTokenRow['kind'];

const HOUR = 60 * 60 * 1000;

/** Lifetime of the secret in an e-mail, in milliseconds. */
export const TOKEN_LIFETIME_MS: Readonly<Record<TokenKind, number>> = {
  password_reset: HOUR,
  invitation: 7 * 24 * HOUR,
  verify_email: 3 * 24 * HOUR,
};

export interface MailData {
  readonly email: string;
  readonly name: string;
  readonly organizationName: string;
  /** Without a slash at its end. */
  readonly publicUrl: string;
}

/** The e-mail of a kind. @param token empty for a kind that carries none. */
export function mailText(kind: MailKind, data: MailData, token: string): Mail {
  const { subject, lines } = TEXTS[kind](data, token);
  return {
    to: data.email,
    subject,
    text: [`Hello ${data.name},`, '', ...lines, '', data.organizationName, ''].join('\n'),
  };
}

type Text = (data: MailData, token: string) => { subject: string; lines: string[] };

const link = (data: MailData, page: string, token: string) =>
  `${data.publicUrl}/${page}?token=${encodeURIComponent(token)}`;

const TEXTS: Readonly<Record<MailKind, Text>> = {
  password_reset: (data, token) => ({
    subject: 'Choose a new password',
    lines: [
      'a new password was requested for your PosPro account. Choose it here within an hour:',
      '',
      link(data, 'reset-password', token),
      '',
      'If you are asked for a code instead, enter this one:',
      '',
      token,
      '',
      'The code works once, and afterwards you are signed out everywhere. If you did not request this, ignore this e-mail: nothing has changed.',
    ],
  }),
  invitation: (data, token) => ({
    subject: `Your account at ${data.organizationName}`,
    lines: [
      `you have been given a PosPro account at ${data.organizationName}. Choose your password here within seven days:`,
      '',
      link(data, 'reset-password', token),
      '',
      'If you are asked for a code instead, enter this one:',
      '',
      token,
      '',
      `Afterwards you sign in with ${data.email} and that password.`,
    ],
  }),
  verify_email: (data, token) => ({
    subject: 'Please confirm your e-mail address',
    lines: [
      'please confirm that this address is yours, within three days:',
      '',
      link(data, 'verify-email', token),
      '',
      'If you are asked for a code instead, enter this one:',
      '',
      token,
      '',
      'If you have not registered with PosPro, ignore this e-mail.',
    ],
  }),
  account_locked: () => ({
    subject: 'Your account is locked for 15 minutes',
    lines: [
      'there were ten attempts to sign in to your PosPro account with a wrong password or code, so no one can sign in to it for the next',
      '15 minutes. Devices that are already signed in keep working.',
      '',
      'If these attempts were not yours, set up a second factor, and choose a password that you use nowhere else.',
    ],
  }),
};
