/** Texts that a spreadsheet would run: guarded where a file goes out, as they were where it comes back. */
import fc from 'fast-check';
import {
  guardFormula,
  guardImportedText,
  importedText,
  stripFormulaGuard,
} from '#kernel/formula-guard.rules';

it.each([
  ['a formula', '=1+1', "'=1+1"],
  ['one that begins with a sign', '-A1', "'-A1"],
  ['a call', '@SUM(A1)', "'@SUM(A1)"],
  ['one behind a tab', '\t=1', "'\t=1"],
  ['one behind a carriage return', '\r=1', "'\r=1"],
  ['one in full width', '＝1+1', "'＝1+1"],
  ['a sign in full width', '＋A', "'＋A"],
  ['a minus in full width', '－A', "'－A"],
  ['a call in full width', '＠A', "'＠A"],
  ['what is guarded already', "'=1+1", "''=1+1"],
  ['what calculates with numbers', '+1-2', "'+1-2"],
  ['a number and a call', '-1x', "'-1x"],
  ['two signs', '--1', "'--1"],
])('%s gets an apostrophe: %j', (_, text, guarded) => {
  expect(guardFormula(text)).toBe(guarded);
  expect(stripFormulaGuard(guarded)).toBe(text);
});

it.each([
  '-12.50',
  '+49 30 1234',
  '+49 (30) 12,34',
  '-(5)',
  '+(030) 1',
  '-5',
  'a=1',
  '1+1',
  "O'Neill",
  "'a",
  ' =1',
  '',
])('%j is no formula and stays', (text) => {
  expect([guardFormula(text), stripFormulaGuard(text)]).toEqual([text, text]);
});

it.each([
  ['="0360"', '0360'],
  ['=" a ""b"" "', 'a "b"'],
  ['=""', ''],
  ["'=1+1", '=1+1'],
  ["'a", "'a"],
  ['="a"&"b"', '="a"&"b"'],
  ['x="a"', 'x="a"'],
  ['="a"x', '="a"x'],
])('an import takes %j for %j', (cell, text) => {
  expect(importedText(cell)).toBe(text);
});

it('comes back as it went, whatever the text', () => {
  const part = fc.constantFrom(
    "'",
    '=',
    '+',
    '-',
    '@',
    '"',
    '""',
    '="',
    '0360',
    ' ',
    'a',
    '(',
    ',',
    '\t',
    '＝',
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(part, { maxLength: 8 }).map((parts) => parts.join('')),
  );
  fc.assert(
    fc.property(texts, (text) => {
      expect(stripFormulaGuard(guardFormula(text))).toBe(text);
      expect(importedText(guardImportedText(text))).toBe(text);
      // A guarded text is none that a spreadsheet runs.
      expect(guardFormula(text)).toMatch(/^(?![=@\t\r＝＋－＠])/);
    }),
    { numRuns: 1_000 },
  );
});

it('guards no more than an import would take for something else', () => {
  expect(['a', '=1+1', "'a", "'=1+1", '="0360"', '-5'].map(guardImportedText)).toEqual([
    'a', '=1+1', "'a", "''=1+1", "'=\"0360\"", '-5',
  ]); // prettier-ignore
});
