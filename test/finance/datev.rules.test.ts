/** The bytes of a DATEV posting batch. */
import { Decimal } from '#kernel/decimal';
import { DATEV_COLUMNS } from '#subgraphs/analytics/finance/export/datev-columns.rules';
import {
  datevFile,
  type DatevBatch,
  type DatevPosting,
} from '#subgraphs/analytics/finance/export/datev.rules';
import { fiscalYearStart } from '#subgraphs/analytics/finance/export/fiscal-year.rules';
import { windows1252 } from '#subgraphs/analytics/finance/export/windows-1252.rules';

const POSTING: DatevPosting = {
  ...{ date: '2026-01-05', amount: new Decimal('1234.5'), debit: '1000', credit: '8400', taxKey: '40' },
  ...{ reference: '20260105-MAIN', text: 'Umsatz 19 % Hauptfiliale' },
};
const BATCH: DatevBatch = {
  ...{ createdAt: '20260201101112013', consultantNumber: 29098, clientNumber: 55003, accountLength: 4 },
  ...{ fiscalYearStart: '2026-01-01', from: '2026-01-01', to: '2026-01-31', currency: 'EUR', chart: '03' },
  postings: [POSTING],
};
const linesOf = (batch: DatevBatch) => datevFile(batch).toString('latin1').split('\r\n');
const fieldsOf = (posting: Partial<DatevPosting>) =>
  linesOf({ ...BATCH, postings: [{ ...POSTING, ...posting }] })[2]!.split(';');

it('begins with the 31 fields of the documented header', () => {
  const header =
    '"EXTF";700;21;"Buchungsstapel";13;20260201101112013;;"RE";"PosPro";"";29098;55003;20260101;4;20260101;20260131;"PosPro";"";1;0;0;"EUR";;"";;;"03";;;"";""';
  expect(linesOf(BATCH)[0]).toBe(header);
  expect(header.split(';')).toHaveLength(31);
  expect([...datevFile(BATCH).subarray(0, 7)]).toEqual([0x22, 0x45, 0x58, 0x54, 0x46, 0x22, 0x3b]);
});

it('has the 125 columns of format version 13, with umlauts as single bytes', () => {
  expect(DATEV_COLUMNS).toHaveLength(125);
  expect(new Set(DATEV_COLUMNS).size).toBe(125);
  expect([DATEV_COLUMNS[6], DATEV_COLUMNS[13], DATEV_COLUMNS[36], DATEV_COLUMNS[113]]).toEqual([
    ...['Konto', 'Buchungstext', 'KOST1 - Kostenstelle', 'Festschreibung'],
  ]);
  expect(linesOf(BATCH)[1]!.split(';')[8]).toBe('BU-Schl\u{fc}ssel');
});

it('writes the amount with a comma in debit of the account, and the day without its year', () => {
  const fields = fieldsOf({});
  expect(fields).toHaveLength(125);
  expect(fields.slice(0, 14)).toEqual([
    ...['1234,50', '"S"', '"EUR"', '', '', '', '1000', '8400', '"40"', '0501'],
    ...['"20260105-MAIN"', '', '', '"Umsatz 19 % Hauptfiliale"'],
  ]);
  expect(fields[113]).toBe('0');
  expect(fieldsOf({ taxKey: null })[8]).toBe('""');
});

it('ends each line with CR LF, the last one too', () => {
  const text = datevFile({ ...BATCH, postings: [] }).toString('latin1');
  expect(text.endsWith('Abw. Skontokonto\r\n')).toBe(true);
  expect(text.match(/\r\n/g)).toHaveLength(2);
  expect(text.match(/[^\r]\n/g)).toBeNull();
});

it('doubles quotation marks, turns control characters into blanks, and cuts a text after 60 characters', () => {
  expect(fieldsOf({ text: 'Café "Zum Löwen"' })[13]).toBe('"Caf\u{e9} ""Zum L\u{f6}wen"""');
  expect(fieldsOf({ text: 'a\tb\r\nc' })[13]).toBe('"a b  c"');
  expect(fieldsOf({ text: 'x'.repeat(61) })[13]).toBe(`"${'x'.repeat(60)}"`);
});

it('keeps only the characters of a reference that DATEV accepts', () => {
  expect(fieldsOf({ reference: '20260105-Ä_1/2 #' })[10]).toBe('"20260105-1/2"');
});

it('encodes umlauts and the euro sign in Windows-1252', () => {
  expect([...windows1252('ÄÖÜäöüß€„“')]).toEqual([
    ...[0xc4, 0xd6, 0xdc, 0xe4, 0xf6, 0xfc, 0xdf, 0x80, 0x84, 0x93],
  ]);
  // The same letter in two characters.
  expect([...windows1252('u\u{308}')]).toEqual([0xfc]);
});

it('writes a letter outside of Windows-1252 without its marks, and another character as a question mark', () => {
  expect(windows1252('Dvořák').toString('latin1')).toBe('Dvor\u{e1}k');
  expect(windows1252('東京 🍵').toString('latin1')).toBe('?? ?');
});

it('finds the fiscal year of a day', () => {
  expect([
    fiscalYearStart('2026-03-31', 4),
    fiscalYearStart('2026-04-01', 4),
    fiscalYearStart('2026-12-31', 1),
  ]).toEqual([...['2025-04-01', '2026-04-01', '2026-01-01']]);
});
