/** What each way of writing a cell means; a meaning that changes books wrong prices, so every one is pinned. */
import {
  damageOf,
  hasLostDigits,
  markEvidence,
  plainCode,
  plainText,
  readAmount,
  readFlag,
} from '#kernel/import/cell-texts.rules';
import { ColumnMarks, oneMark, readNumber } from '#kernel/import/number-marks.rules';

it('yes and no are read in any case, with blanks around; other words are neither', () => {
  expect(['Yes', ' YES\t', 'y', '1', 'Ja', 'TRUE()', ' x '].map(readFlag)).toEqual(Array(7).fill(true));
  expect(['No', ' NO\t', 'n', '0', 'Nein', 'FALSE()'].map(readFlag)).toEqual(Array(6).fill(false));
  expect(['', ' ', 'yess', 'y n', '2', '10', 'on off', '-'].map(readFlag)).toEqual(Array(8).fill(undefined));
});

describe('a text', () => {
  it.each([
    ['="0360"', '0360'],
    ['=" a ""b"" "', 'a "b"'],
    ['=""', ''],
    ["'=1+1", '=1+1'],
    ["''=1+1", "'=1+1"],
    ["'a", "'a"],
    ['=1+1', '=1+1'],
    ['="a"&"b"', '="a"&"b"'],
    ['x="a"', 'x="a"'],
    [' \u200ba\ufeff\u00ad ', 'a'],
  ])('%j is %j', (cell, text) => expect(plainText(cell)).toBe(text));
});

describe('a code', () => {
  it.each([
    ["'0360", '0360'],
    ['’0360', '0360'],
    ["'  0360", '0360'],
    ["'A-1", 'A-1'],
    ["'é", 'é'],
    ["'-1", '-1'],
    ["'.1", "'.1"],
    ["'!A1", "'!A1"],
    ["'", "'"],
    ["A'1", "A'1"],
    ["36'0", "36'0"],
    ['4\u200d0', '40'],
  ])('%j is %j', (cell, code) => expect(plainCode(cell)).toBe(code));

  it.each([
    ['4.00638E+12', true],
    ['4,00638e+12', true],
    ['4E+12', true],
    ['1.5E12', true],
    ['1E5', false],
    ['1E+0', false],
    ['1.5E+1', false],
    ['1.25E+1', false],
    ['1.5E+2', true],
    ['12E+5', false],
    ['1.5E+2X', false],
    ['X1.5E+2', false],
    ['', false],
    ['Stryker', false],
  ])('%j has lost digits: %s', (code, lost) => expect(hasLostDigits(code)).toBe(lost));
});

it('what is damaged says so, with what to do', () => {
  const message = 'Has bytes that are invalid in the charset of the file. Check the named charset.';
  expect([damageOf('caf\ufffd'), damageOf('café'), damageOf('')]).toEqual([
    { message, code: 'CHARSET' },
    undefined,
    undefined,
  ]);
});

describe('a number', () => {
  // With a decimal point, and with a decimal comma.
  it.each([
    ["1'234'567.50", '1234567.5', '1234567.5'],
    ['1,234', '1234', '1.234'],
    ['1,234.', '1234', undefined],
    ['1234,567', undefined, '1234.567'],
    ['12345,678.5', undefined, undefined],
    ['1,23,456', '123456', undefined],
    ['12,34,56,789', '123456789', undefined],
    ['123,45,678', undefined, undefined],
    ['1,23,456.5', '123456.5', undefined],
    ['1,23,4567', undefined, undefined],
    ['1,23,456.5x', undefined, undefined],
    ['1,234,567.5', '1234567.5', undefined],
    ['12 345', '12345', '12345'],
    ['123 456 789', '123456789', '123456789'],
    ['1234 567', undefined, undefined],
    ['1 2345', undefined, undefined],
    ['1 234.5', '1234.5', '1234.5'],
    ['(5)', '-5', '-5'],
    ['5-', '-5', '-5'],
    ['€-5', '-5', '-5'],
    ['-5 €', '-5', '-5'],
    ['5- €', '-5', '-5'],
    [' EUR -5 ', '-5', '-5'],
    ['(5 €)', '-5', '-5'],
    ['(-5)', undefined, undefined],
    ['(5-)', undefined, undefined],
    ['(+5)', undefined, undefined],
    ['((5))', undefined, undefined],
    ['-(5)', undefined, undefined],
    ['(5)-', undefined, undefined],
    ['-5-', undefined, undefined],
    ['+5-', undefined, undefined],
    ['+-5', undefined, undefined],
    ['-+5', undefined, undefined],
    ['++5', undefined, undefined],
    ['5+', undefined, undefined],
    ['-', undefined, undefined],
    // A cell of two lines is no number.
    ['-5\n6', undefined, undefined],
    ['6\n5-', undefined, undefined],
    ['()', undefined, undefined],
    ['(5', undefined, undefined],
    ['5)', undefined, undefined],
    ['(5)x', undefined, undefined],
    ['x(5)', undefined, undefined],
    ['1-2', undefined, undefined],
    ['1+2', undefined, undefined],
    ['- 5', '-5', '-5'],
    ['5 -', '-5', '-5'],
    ['+ 5', '5', '5'],
    ['--5', undefined, undefined],
    ['12.-', '12', '12'],
    ['12.- CHF', '12', '12'],
    ['12.--', '12', '12'],
    ['-12.-', '-12', '-12'],
    ['(12.--)', '-12', '-12'],
    ['12.---', undefined, undefined],
    ['12.- -', undefined, undefined],
    ['12,--- CHF', undefined, undefined],
    ['12.-5', undefined, undefined],
    ['5.-6.-', undefined, undefined],
    [' 5\t', '5', '5'],
    ['5 $', '5', '5'],
    ['5$', '5', '5'],
    ['5  €', '5', '5'],
    ['5$5', undefined, undefined],
    ['5US$5', undefined, undefined],
    ['EUR5', '5', '5'],
    ['5EUR', '5', '5'],
    ['EUR 5 EUR', '5', '5'],
    ['5EUR5', undefined, undefined],
    ['EURO 5', undefined, undefined],
    ['5 EURO', undefined, undefined],
    ['5 EUR 5', undefined, undefined],
    ['ABC', undefined, undefined],
    ['x5', undefined, undefined],
    ['5x', undefined, undefined],
    ['5 x 5', undefined, undefined],
    ['.5', '0.5', '0.5'],
    [',5', undefined, '0.5'],
    ['.', undefined, undefined],
    [',.,', undefined, undefined],
    ['5.', '5', '5'],
  ])('%j is %s with a decimal point, and %s with a decimal comma', (text, point, comma) => {
    expect([readAmount(text, false)?.toFixed(), readAmount(text, true)?.toFixed()]).toEqual([point, comma]);
  });

  it.each([
    ['12', undefined],
    ['abc', undefined],
    ['1.5', 'point'],
    ['1,5', 'comma'],
    ['1.500', 'ambiguous'],
    ['1,500', 'ambiguous'],
    ['123,456', 'ambiguous'],
    ['1234.500', 'point'],
    ['0.500', 'point'],
    ['0,500', 'comma'],
    ['1.5000', 'point'],
    ['1,234.500', 'point'],
    ['1.234,500', 'comma'],
    ['1,234,567', 'point'],
    ['1.234.567', 'comma'],
    ['1.234.567.890', 'comma'],
    ['1.234.567,5', 'comma'],
    ['1,234,567.5', 'point'],
    ['1,234.567,8', undefined],
    ['1,2,3', undefined],
    ['1.5 EUR', 'point'],
    ['1.50x', undefined],
  ])('%j shows the mark: %s', (text, mark) => expect(markEvidence(text)).toBe(mark));
});

describe('a column of numbers', () => {
  /** What the cells of column "a" show. */
  function shownBy(...cells: unknown[]) {
    const marks = new ColumnMarks();
    for (const cell of cells) marks.note('a', cell);
    return marks.rules('point').columns.get('a');
  }
  const read = (text: string, rules: Parameters<typeof readNumber>[2]) => {
    const reading = readNumber(text, 'a', rules);
    return [reading.value?.toFixed(), reading.otherwise?.toFixed()];
  };
  const rules = (mark: 'point' | 'comma', ...cells: unknown[]) => {
    const marks = new ColumnMarks();
    for (const cell of cells) marks.note('a', cell);
    return marks.rules(mark);
  };

  it('is decided by the cells that leave no doubt, and by texts alone', () => {
    expect([shownBy(), shownBy('12', '', null, 1.5, undefined), shownBy('1.500')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect([shownBy('1.5'), shownBy('1,5'), shownBy('1,5', '1.500', '2,75')]).toEqual([
      'point',
      'comma',
      'comma',
    ]);
    expect([shownBy('1.5', '1,5'), shownBy('1.5', '1,5', '1.5'), shownBy('1.5', '1,5', '1,5')]).toEqual([
      'mixed',
      'mixed',
      'mixed',
    ]);
  });

  it('decides what its cells in doubt mean; where it does not, both meanings are told', () => {
    expect(read('1.500', rules('point', '1,5'))).toEqual(['1500', undefined]);
    expect(read('1.500', rules('comma', '1.5'))).toEqual(['1.5', undefined]);
    expect(read('1.500', rules('point'))).toEqual(['1.5', '1500']);
    expect(read('1.500', rules('comma'))).toEqual(['1500', '1.5']);
    expect(read('1.500', rules('comma', '1.5', '1,5'))).toEqual(['1500', '1.5']);
    expect(read('1,500', rules('point', '1.5', '1,5'))).toEqual(['1500', '1.5']);
  });

  it('leaves a cell that speaks for itself alone', () => {
    expect(read('1,5', rules('point', '1.5'))).toEqual(['1.5', undefined]);
    expect(read('1.5', rules('comma', '1,5'))).toEqual(['1.5', undefined]);
    expect(read('1,234,567', rules('comma'))).toEqual(['1234567', undefined]);
    expect(read('12', rules('comma'))).toEqual(['12', undefined]);
    expect(read('abc', rules('comma'))).toEqual([undefined, undefined]);
  });

  it('is read by the mark that is named, whatever its cells show', () => {
    expect(
      [oneMark('point'), oneMark('comma')].map(({ given, mark, columns }) => [given, mark, columns.size]),
    ).toEqual([
      [true, 'point', 0],
      [true, 'comma', 0],
    ]);
    expect([read('1.500', oneMark('point')), read('1.500', oneMark('comma'))]).toEqual([
      ['1.5', undefined],
      ['1500', undefined],
    ]);
    expect([read('1,5', oneMark('point')), read('1,5', oneMark('comma'))]).toEqual([
      [undefined, undefined],
      ['1.5', undefined],
    ]);
  });
});
