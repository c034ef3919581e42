/** What the mails to users say. Pure. */
import type { Mail } from '#kernel/mail/mailer';
import type { MailJobRow, UserTokenRow } from '../tables.generated';

/** What a mail is about. */
export type MailKind = MailJobRow['kind'];

/** The kinds that carry a secret. */
export type TokenKind = UserTokenRow['kind'];

const HOUR = 60 * 60 * 1000;

/** How long the secret in a mail is good, in milliseconds. */
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

/** The mail of a kind. @param token empty for a kind that carries none. */
export function mailText(kind: MailKind, facts: MailData, token: string): Mail {
  const { subject, lines } = TEXTS[kind](facts, token);
  return {
    to: facts.email,
    subject,
    text: [`Hello ${facts.name},`, '', ...lines, '', facts.organizationName, ''].join('\n'),
  };
}

type Text = (facts: MailData, token: string) => { subject: string; lines: string[] };

const link = (facts: MailData, page: string, token: string) =>
  `${facts.publicUrl}/${page}?token=${encodeURIComponent(token)}`;

const TEXTS: Readonly<Record<MailKind, Text>> = {
  password_reset: (facts, token) => ({
    subject: 'Choose a new password',
    lines: [
      'somebody, probably you, has asked for a new password for your PosPro account. Choose it here within an hour:',
      '',
      link(facts, 'reset-password', token),
      '',
      'Where you are asked for a code instead, it is:',
      '',
      token,
      '',
      'It is good once, and afterwards you are signed out everywhere. If it was not you, nothing has happened: leave this mail be.',
    ],
  }),
  invitation: (facts, token) => ({
    subject: `Your account at ${facts.organizationName}`,
    lines: [
      `you have been given a PosPro account at ${facts.organizationName}. Choose your password here within seven days:`,
      '',
      link(facts, 'reset-password', token),
      '',
      'Where you are asked for a code instead, it is:',
      '',
      token,
      '',
      `Afterwards you sign in with ${facts.email} and that password.`,
    ],
  }),
  verify_email: (facts, token) => ({
    subject: 'Please confirm your e-mail address',
    lines: [
      'please confirm that this address is yours, within three days:',
      '',
      link(facts, 'verify-email', token),
      '',
      'Where you are asked for a code instead, it is:',
      '',
      token,
      '',
      'If you have not registered with PosPro, leave this mail be.',
    ],
  }),
  account_locked: () => ({
    subject: 'Your account is locked for 15 minutes',
    lines: [
      'somebody has tried ten times to sign in to your PosPro account with a wrong password or code, so nobody can sign in to it for',
      '15 minutes now. Where you are signed in already, you can go on.',
      '',
      'If it was not you, set up a second factor, and choose a password that you use nowhere else.',
    ],
  }),
};
