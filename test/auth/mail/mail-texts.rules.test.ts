/** The texts of mails in every language. */
import { CATALOGS } from '#kernel/messages/messages.rules';
import { mailText, type MailKind } from '#subgraphs/auth/mail/mail-texts.rules';

const KINDS: readonly MailKind[] = ['password_reset', 'invitation', 'verify_email', 'account_locked'];
const data = (language: string) => ({
  email: 'robin@corner.test',
  name: 'Robin Ellis',
  organizationName: 'The Corner Shop',
  language,
  publicUrl: 'https://shop.test',
});

describe.each([...CATALOGS.keys()])('in %s', (language) => {
  it.each(KINDS)('%s has its secret, and no placeholder', (kind) => {
    const mail = mailText(kind, data(language), 'a/secret');
    expect(mail).toMatchObject({ to: 'robin@corner.test', language });
    expect(mail.subject + mail.text).not.toMatch(/[{}]|undefined/);
    expect(mail.text.split('\n')[0]).toContain('Robin Ellis');
    expect(mail.text.endsWith('\nThe Corner Shop\n')).toBe(true);
    expect(mail.text.includes('?token=a%2Fsecret\n')).toBe(kind !== 'account_locked');
  });
});

it('is a letter, in the words of the language', () => {
  expect(mailText('invitation', data('de-AT'), 'T')).toEqual({
    to: 'robin@corner.test',
    language: 'de-AT',
    subject: 'Ihr Konto bei The Corner Shop',
    text: [
      'Hallo Robin Ellis,',
      '',
      'Sie haben ein PosPro-Konto bei The Corner Shop erhalten. Wählen Sie Ihr Passwort hier innerhalb von 7 Tagen:',
      '',
      'https://shop.test/reset-password?token=T',
      '',
      'Wenn stattdessen nach einem Code gefragt wird, geben Sie diesen ein:',
      '',
      'T',
      '',
      'Danach melden Sie sich mit robin@corner.test und diesem Passwort an.',
      '',
      'The Corner Shop',
      '',
    ].join('\n'),
  });
});
