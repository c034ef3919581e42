/** The catalogues of fixed texts: complete in every language, with the same placeholders, and written with the region's own numbers. */
import type { Message, MessageKey } from '#kernel/messages/catalog';
import { en } from '#kernel/messages/catalogs/en';
import { CATALOGS, documentLanguage, messageWriter } from '#kernel/messages/messages.rules';

const KEYS = Object.keys(en) as MessageKey[];
const TRANSLATED = [...CATALOGS.keys()].filter((language) => language !== 'en');

const formsOf = (message: Message): string[] =>
  typeof message === 'string' ? [message] : Object.values(message);
const placeholdersOf = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
/** `count` is a number that a form may spell out: "within an hour". */
const requiredOf = (text: string): string[] =>
  [...new Set(placeholdersOf(text))].filter((name) => name !== 'count').sort();

it('has English, German, French and Arabic', () => {
  expect([...CATALOGS.keys()]).toEqual(['en', 'de', 'fr', 'ar']);
});

describe.each(TRANSLATED)('the catalogue %s', (language) => {
  const catalog = CATALOGS.get(language)!;

  it('has the texts of the English one, and no others', () => {
    expect(Object.keys(catalog)).toEqual(KEYS);
  });

  it.each(KEYS)('has the placeholders of %s, in every form', (key) => {
    const allowed = new Set(formsOf(en[key]).flatMap(placeholdersOf));
    const required = requiredOf(formsOf(en[key])[0]!);
    const forms = formsOf(catalog[key]);
    for (const form of forms) {
      expect([form, requiredOf(form)]).toEqual([form, required]);
      expect(placeholdersOf(form).filter((name) => !allowed.has(name))).toEqual([]);
      expect(form.trim()).toBe(form);
      expect(form).not.toBe('');
    }
    // The form for all other numbers names the number.
    if (typeof catalog[key] !== 'string') expect(placeholdersOf(catalog[key].other)).toContain('count');
    expect(typeof catalog[key]).toBe(typeof en[key]);
  });
});

it('translates every text, except words that are the same in both languages', () => {
  const same = TRANSLATED.map((language) => [
    language,
    KEYS.filter((key) => JSON.stringify(CATALOGS.get(language)![key]) === JSON.stringify(en[key])),
  ]);
  expect(Object.fromEntries(same)).toEqual({
    de: ['receipt.quantity'],
    fr: [
      ...['receipt.date', 'receipt.quantity', 'receipt.total'],
      ...['statement.date', 'statementEntry.correction'],
    ],
    ar: [],
  });
});

describe('the language of a document', () => {
  it.each([
    [['de-AT', 'fr', 'en'], 'de-AT'],
    [[null, 'fr-CH', 'en'], 'fr-CH'],
    [[null, undefined, 'ar'], 'ar'],
    // Languages without a catalogue are skipped.
    [['pl', 'nl', 'de'], 'de'],
    [['pl', null, 'nl'], 'en'],
    [[], 'en'],
  ])('of %j is %s', (wanted, language) => {
    expect(documentLanguage(wanted)).toBe(language);
  });

  it('that has no catalogue is written in English', () => {
    const { language, text } = messageWriter('tlh');
    expect([language, text('receipt.cashier')]).toEqual(['en', 'Cashier']);
  });
});

it.each([
  ['en', '-1,234,567.50', 'Jan 31, 2026, 6:04 PM'],
  ['en-GB', '-1,234,567.50', '31 Jan 2026, 18:04'],
  ['de', '-1.234.567,50', '31.01.2026, 18:04'],
  ['fr', '-1 234 567,50', '31 janv. 2026, 18:04'],
  // Digits are those of the payment terminal, and the calendar is the Gregorian one, also where others are usual.
  ['ar', '-1,234,567.50', '31\u200f/01\u200f/2026، 6:04 م'],
  ['ar-SA', '-1,234,567.50', '31\u200f/01\u200f/2026، 6:04 م'],
])('%s writes %s and %s', (language, decimal, moment) => {
  const writer = messageWriter(language);
  expect(writer.decimal('-1234567.50')).toBe(decimal);
  expect(writer.moment(new Date('2026-01-31T17:04:05Z'), 'Europe/Berlin')).toBe(moment);
});

it.each([
  ['en', 'Feb 1, 2026'],
  ['de', '01.02.2026'],
  ['fr', '1 févr. 2026'],
  ['ar-SA', '01\u200f/02\u200f/2026'],
])('%s writes the day %s', (language, day) => {
  expect(messageWriter(language).day('2026-02-01')).toBe(day);
});

it('keeps all digits of an amount: none passes through a binary fraction', () => {
  expect(messageWriter('de').decimal('9007199254740993.0001')).toBe('9.007.199.254.740.993,0001');
  expect(messageWriter('en').decimal('0.1000')).toBe('0.1000');
});

it('chooses the plural form of the language', () => {
  const days = (language: string, ...counts: number[]) =>
    counts.map((count) => messageWriter(language).text('mail.verifyEmail.start', { count }));
  expect(days('de', 1, 3)).toEqual([
    'bitte bestätigen Sie innerhalb eines Tages, dass diese Adresse Ihnen gehört:',
    'bitte bestätigen Sie innerhalb von 3 Tagen, dass diese Adresse Ihnen gehört:',
  ]);
  expect(days('ar', 1, 2, 3, 11, 100).map((text) => /خلال (.*):/.exec(text)![1])).toEqual([
    'يوم واحد',
    'يومين',
    '3 أيام',
    '11 يومًا',
    '100 يوم',
  ]);
});

it('says which value a text lacks', () => {
  expect(() => messageWriter('en').text('receipt.copy')).toThrow('receipt.copy needs the value number');
});
