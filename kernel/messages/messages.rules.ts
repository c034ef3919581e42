/**
 * The fixed texts of receipts, statements and mails: one catalogue for each language, with the same texts in all of them. Amounts, dates and plurals
 * are those of the language's region. Pure.
 */
import { invariant } from '../errors';
import type { Catalog, Message, MessageKey, PluralMessage } from './catalog';
import { ar } from './catalogs/ar';
import { de } from './catalogs/de';
import { en } from './catalogs/en';
import { fr } from './catalogs/fr';
import { isRightToLeft } from './language-tags.rules';

/** The catalogues by their language, without a region. */
export const CATALOGS: ReadonlyMap<string, Catalog> = new Map<string, Catalog>([
  ['en', en],
  ['de', de],
  ['fr', fr],
  ['ar', ar],
]);

const primaryOf = (tag: string): string => new Intl.Locale(tag).language;

/**
 * The language of a document: the first of the wanted ones that has a catalogue, in any region; at last English.
 *
 * @example
 * documentLanguage(['pl', null, 'de-AT']) // 'de-AT'
 */
export function documentLanguage(wanted: readonly (string | null | undefined)[]): string {
  return wanted.find((tag) => tag != null && CATALOGS.has(primaryOf(tag))) ?? 'en';
}

/** Values for placeholders. Numbers are written as in the language. */
export type MessageValues = Readonly<Record<string, string | number>>;

/** Writes the texts of one document. */
export interface MessageWriter {
  /** BCP 47. */
  readonly language: string;
  /** Whether the language is written from right to left. */
  readonly rightToLeft: boolean;
  /** A text with its placeholders filled in. */
  readonly text: (key: MessageKey, values?: MessageValues) => string;
  /** A decimal with the digits that it has: "1234.50" is "1.234,50" in German. */
  readonly decimal: (value: string) => string;
  /** A moment by the clock of a time zone. */
  readonly moment: (at: Date, timeZone: string) => string;
  /** A day, which no time zone moves: "2026-02-01" is "1 févr. 2026" in French. */
  readonly day: (day: string) => string;
}

/**
 * A writer of a language; of English, if the language has no catalogue. Digits are 0 to 9 in every language, as on payment terminals, and
 * dates are of the Gregorian calendar.
 */
export function messageWriter(language: string): MessageWriter {
  const known = documentLanguage([language]);
  const catalog = CATALOGS.get(primaryOf(known))!;
  const locale = new Intl.Locale(known, { numberingSystem: 'latn', calendar: 'gregory' }).toString();
  const decimal = (value: string): string =>
    plain(decimalFormat(locale, placesOf(value)).format(value as never));
  return {
    language: known,
    rightToLeft: isRightToLeft(known),
    text: (key, values = {}) => {
      const message: Message = catalog[key];
      const text = typeof message === 'string' ? message : pluralForm(message, known, Number(values.count));
      return text.replace(/\{(\w+)\}/g, (_, name: string) => {
        const value = values[name];
        invariant(value !== undefined, `the text ${key} needs the value ${name}`);
        return typeof value === 'number' ? decimal(String(value)) : value;
      });
    },
    decimal,
    moment: (at, timeZone) => withPlainBlanks(momentFormat(locale, timeZone).format(at)),
    day: (day) => withPlainBlanks(dayFormat(locale).format(new Date(`${day}T00:00:00Z`))),
  };
}

function pluralForm(message: PluralMessage, language: string, count: number): string {
  return message[new Intl.PluralRules(language).select(count)] ?? message.other;
}

const placesOf = (value: string): number => value.split('.')[1]?.length ?? 0;

/** Formatters, since making one takes longer than printing a line. */
const decimalFormats = new Map<string, Intl.NumberFormat>();
const momentFormats = new Map<string, Intl.DateTimeFormat>();
const dayFormats = new Map<string, Intl.DateTimeFormat>();

function decimalFormat(locale: string, places: number): Intl.NumberFormat {
  const key = `${locale} ${places}`;
  let format = decimalFormats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, { minimumFractionDigits: places, maximumFractionDigits: places });
    decimalFormats.set(key, format);
  }
  return format;
}

function momentFormat(locale: string, timeZone: string): Intl.DateTimeFormat {
  const key = `${locale} ${timeZone}`;
  let format = momentFormats.get(key);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { timeZone, dateStyle: 'medium', timeStyle: 'short' });
    momentFormats.set(key, format);
  }
  return format;
}

function dayFormat(locale: string): Intl.DateTimeFormat {
  let format = dayFormats.get(locale);
  if (!format) {
    format = new Intl.DateTimeFormat(locale, { timeZone: 'UTC', dateStyle: 'medium' });
    dayFormats.set(locale, format);
  }
  return format;
}

/** A number without marks of direction: it has one direction in every text. */
function plain(text: string): string {
  return withPlainBlanks(text.replace(/[\u061c\u200e\u200f]/g, '').replace(/\u2212/g, '-'));
}

/** Receipt printers have no characters for narrow and unbreakable blanks. */
function withPlainBlanks(text: string): string {
  return text.replace(/[\u00a0\u202f]/g, ' ');
}
