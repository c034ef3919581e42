/** The rules of mails: what is ignored, how a thread is found, and what remains of a quoted answer. */
import {
  bareSubject,
  ignoredReason,
  mailIds,
  numberInSubject,
} from '#subgraphs/support/mail/mail-filter.rules';
import { htmlText, withoutQuote } from '#subgraphs/support/mail/quoted-text.rules';

const OWN = 'help@shop.example';
const reasonOf = (headers: Record<string, string>, from = 'ada@mail.example') =>
  ignoredReason({ from, headers: new Map(Object.entries(headers)) }, OWN);

it('ignores what no person wrote, so that two programs never answer each other', () => {
  expect(reasonOf({})).toBeUndefined();
  expect(reasonOf({ 'auto-submitted': 'no', precedence: 'normal' })).toBeUndefined();
  expect(reasonOf({ 'auto-submitted': 'auto-replied (vacation)' })).toBe('automatic');
  expect(reasonOf({ 'auto-submitted': 'auto-generated' })).toBe('automatic');
  expect(reasonOf({ precedence: 'auto_reply' })).toBe('automatic');
  expect(reasonOf({ 'x-autoreply': 'yes' })).toBe('automatic');
  expect(reasonOf({ 'x-autorespond': '' })).toBe('automatic');
  for (const precedence of ['bulk', 'Junk', 'list']) expect(reasonOf({ precedence })).toBe('list');
  expect(reasonOf({ 'list-id': '<news.example>' })).toBe('list');
  expect(reasonOf({ 'x-loop': 'Help@Shop.example' })).toBe('own');
  expect(reasonOf({}, OWN)).toBe('own');
  expect(reasonOf({ 'return-path': '<>' })).toBe('bounce');
  expect(reasonOf({}, 'mailer-daemon@mx.example')).toBe('bounce');
  expect(reasonOf({ 'content-type': 'multipart/report; report-type=delivery-status' })).toBe('bounce');
});

it('reads ids, numbers and subjects', () => {
  expect(mailIds(' <a@x>\r\n <b@y> c@z <d e@f>')).toEqual(['a@x', 'b@y']);
  expect(mailIds(undefined)).toEqual([]);
  expect([numberInSubject('AW: [T-42] Lid'), numberInSubject('T-42'), numberInSubject('[T-]')]).toEqual([
    42,
    undefined,
    undefined,
  ]);
  expect(bareSubject('Re: AW: Fwd: Lid: it leaks')).toBe('Lid: it leaks');
});

it('trims the mail below an answer, and keeps a text that is nothing but a quote', () => {
  expect(withoutQuote('Yes.\n\nOn Mon, 2 Mar 2026 at 10:00 Shop <h@s.example> wrote:\n> Which one?')).toBe(
    'Yes.',
  );
  expect(withoutQuote('Ja.\r\n\r\nAm 02.03.2026 um 10:00 schrieb Shop\r\n<h@s.example>:\r\n> Welches?')).toBe(
    'Ja.',
  );
  expect(withoutQuote('Yes.\n-----Original Message-----\nFrom: Shop\nWhich one?')).toBe('Yes.');
  expect(withoutQuote('> Which one?\nThe red one.\n> And size?\n> Bye')).toBe('> Which one?\nThe red one.');
  expect(withoutQuote('On my table: I wrote nothing.')).toBe('On my table: I wrote nothing.');
  expect(withoutQuote('> only\n> quoted')).toBe('> only\n> quoted');
});

it('reads the text of HTML, without scripts and styles', () => {
  const html =
    '<html><head><title>t</title><style>p{}</style></head><body><p>Gr&uuml;&szlig;e &amp; mehr<br>2</p><script>x<1</script><div>3</div></body></html>';
  expect(htmlText(html)).toBe('Grüße & mehr\n2\n3');
  expect(htmlText(`${'<script>'.repeat(20_000)}${'<'.repeat(20_000)}`)).toBe('');
});
