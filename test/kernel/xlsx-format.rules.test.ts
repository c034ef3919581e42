/** Texts in the XML of a workbook (ECMA-376, part 1, section 22.9.2.19). */
import fc from 'fast-check';
import {
  MAX_CELL_CHARACTERS,
  MAX_SHEET_ROWS,
  XLSX_TYPE,
  escapeXlsxText,
  unescapeXlsxText,
} from '#kernel/xlsx-format.rules';

it('knows the bounds of Excel and the type of its files', () => {
  expect([MAX_SHEET_ROWS, MAX_CELL_CHARACTERS]).toEqual([2 ** 20, 2 ** 15 - 1]);
  expect(XLSX_TYPE).toBe('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet');
});

it.each([
  ['markup', 'a < b && c > d', 'a &lt; b &amp;&amp; c &gt; d'],
  ['a bell', 'a\u0007b', 'a_x0007_b'],
  ['a NUL', '\0', '_x0000_'],
  ['a carriage return, which a parser reads as a line feed', 'a\r\nb', 'a_x000D_\nb'],
  ['a tab and a line feed as they are', 'a\tb\nc', 'a\tb\nc'],
  ['half of a character', 'a\ud83d', 'a_xD83D_'],
  ['a whole one as it is', '😀', '😀'],
  ['what is no character', '\ufffe\uffff\ufffd', '_xFFFE__xFFFF_\ufffd'],
  ['what would be read as an escape', '_x0041_', '_x005F_x0041_'],
  ['it in small letters', '_x00e9_', '_x005F_x00e9_'],
  ['what an escape behind it would make one', '_x0041\u0007', '_x005F_x0041_x0007_'],
  [
    'nothing that is none',
    '_x004_ _x00411_ x0041_ _y0041_ _x004G_',
    '_x004_ _x00411_ x0041_ _y0041_ _x004G_',
  ],
])('writes %s', (_, text, xml) => {
  expect(escapeXlsxText(text)).toBe(xml);
});

it.each([
  ['_x0041_', 'A'],
  ['_x00e9__x00E9_', 'éé'],
  ['_x005F_x0041_', '_x0041_'],
  ['_x004_ _X0041_ x0041_ _x0041', '_x004_ _X0041_ x0041_ _x0041'],
])('reads %s as %s', (xml, text) => {
  expect(unescapeXlsxText(xml)).toBe(text);
});

it('reads what it has written, whatever the text', () => {
  const part = fc.constantFrom(
    '_',
    'x',
    '00',
    '41',
    'D8',
    '\u0007',
    '\r',
    '\ud83d',
    '\ude00',
    '<',
    '&',
    'a',
    '_x0041_',
  );
  const parsed = (xml: string) =>
    xml.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
  const texts = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(unescapeXlsxText(parsed(escapeXlsxText(text)))).toBe(text);
      // XML 1.0 has none of these, and turns a carriage return into a line feed.

      expect(escapeXlsxText(text)).not.toMatch(/[\0-\x08\x0b-\x1f\ufffe\uffff]|\p{Surrogate}/u);
    }),
    { numRuns: 500 },
  );
});
