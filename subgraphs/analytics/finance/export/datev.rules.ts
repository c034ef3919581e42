/**
 * The file of a DATEV posting batch: EXTF, header version 700, category 21 ("Buchungsstapel"), format version 13, as documented by DATEV.
 * Fields are separated by semicolons, lines end with CR LF, texts stand in quotation marks, and the encoding is Windows-1252. Pure.
 */
import type { Decimal } from '#kernel/decimal';
import { DATEV_COLUMNS } from './datev-columns.rules';
import { windows1252 } from './windows-1252.rules';

/** A posting: the amount in debit of one account and in credit of another. */
export interface DatevPosting {
  /** "YYYY-MM-DD"; the file has its day and month, and its header the year. */
  readonly date: string;
  /** Above zero, with two decimal places. */
  readonly amount: Decimal;
  readonly debit: string;
  readonly credit: string;
  /** DATEV's key ("BU-Schlüssel"); null without one. */
  readonly taxKey: string | null;
  /** Reference, of letters, digits and a few signs. */
  readonly reference: string;
  readonly text: string;
}

/** The batch. */
export interface DatevBatch {
  /** When the file was made, as local time: "YYYYMMDDHHMMSSmmm". */
  readonly createdAt: string;
  readonly consultantNumber: number;
  readonly clientNumber: number;
  /** First day of the fiscal year, "YYYY-MM-DD". */
  readonly fiscalYearStart: string;
  readonly accountLength: number;
  readonly from: string;
  readonly to: string;
  /** ISO 4217. */
  readonly currency: string;
  /** "03" or "04". */
  readonly chart: string;
  readonly postings: readonly DatevPosting[];
}

const HEADER_VERSION = '700';
const CATEGORY = '21';
const FORMAT_VERSION = '13';
const PLACES = 2;
const MAX_REFERENCE = 36;
const MAX_TEXT = 60;
/** Characters that DATEV accepts in a reference ("Belegfeld 1"). */
const NOT_IN_REFERENCE = /[^a-zA-Z0-9$&%*+\-/]/g;
const CONTROL = /\p{Cc}/gu;

/** The file. */
export function datevFile(batch: DatevBatch): Buffer {
  const lines = [headerOf(batch), [...DATEV_COLUMNS], ...batch.postings.map((row) => lineOf(row, batch))];
  return windows1252(lines.map((fields) => `${fields.join(';')}\r\n`).join(''));
}

/** A text in quotation marks, which are doubled inside; control characters, which DATEV rejects, become blanks. */
function quoted(text: string, max = Infinity): string {
  const clean = Array.from(text.replace(CONTROL, ' ')).slice(0, max).join('');
  return `"${clean.replaceAll('"', '""')}"`;
}

const compact = (day: string): string => day.replaceAll('-', '');

/** The 31 fields of the first line. */
function headerOf(batch: DatevBatch): string[] {
  return [
    ...[quoted('EXTF'), HEADER_VERSION, CATEGORY, quoted('Buchungsstapel'), FORMAT_VERSION, batch.createdAt],
    // Reserved, the origin ("RE": accounting), the exporting and the importing user.
    ...['', quoted('RE'), quoted('PosPro'), quoted('')],
    ...[String(batch.consultantNumber), String(batch.clientNumber), compact(batch.fiscalYearStart)],
    ...[String(batch.accountLength), compact(batch.from), compact(batch.to), quoted('PosPro'), quoted('')],
    // Financial accounting, for all purposes, not locked against changes.
    ...['1', '0', '0', quoted(batch.currency), '', quoted(''), '', '', quoted(batch.chart)],
    ...['', '', quoted(''), quoted('')],
  ];
}

function lineOf(posting: DatevPosting, { currency }: DatevBatch): string[] {
  const [, month, day] = posting.date.split('-');
  const fields = new Map([
    ['Umsatz (ohne Soll/Haben-Kz)', posting.amount.toFixed(PLACES).replace('.', ',')],
    // The amount is in debit ("Soll") of the first account.
    ['Soll/Haben-Kennzeichen', quoted('S')],
    ['WKZ Umsatz', quoted(currency)],
    ['Konto', posting.debit],
    ['Gegenkonto (ohne BU-Schlüssel)', posting.credit],
    ['BU-Schlüssel', quoted(posting.taxKey ?? '')],
    ['Belegdatum', `${day}${month}`],
    ['Belegfeld 1', quoted(posting.reference.replace(NOT_IN_REFERENCE, ''), MAX_REFERENCE)],
    ['Buchungstext', quoted(posting.text, MAX_TEXT)],
    ['Festschreibung', '0'],
  ]);
  return DATEV_COLUMNS.map((heading) => fields.get(heading) ?? '');
}
