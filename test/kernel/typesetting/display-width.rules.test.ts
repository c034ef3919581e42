/** Widths of texts in columns, in every script, and line breaks. */
import fc from 'fast-check';
import { displayWidth, graphemes, wrap } from '#kernel/typesetting/display-width.rules';

it.each([
  ['letters', 'abc', 3],
  ['letters with their accents in them', 'Pâté', 4],
  ['letters with their accents behind them', 'Pa\u0302te\u0301', 4],
  ['Chinese', '牛乳', 4],
  ['Japanese in half width', 'ﾊﾞﾀｰ', 4],
  ['Japanese', 'バター', 6],
  ['Korean syllables', '서울', 4],
  ['Korean syllables in their parts', '서울'.normalize('NFD'), 4],
  ['Thai, vowels above', 'น้ำ', 2],
  ['Thai, vowels before', 'ข้าว', 3],
  ['Hindi', 'दाल', 2],
  ['Hebrew with its points', 'שָׁלוֹם', 4],
  ['Arabic with its vowels', 'قَهْوَة', 4],
  ['a picture', '😀', 2],
  ['a picture of several', '👨‍👩‍👧', 2],
  ['a flag', '🇩🇪', 2],
  ['half a flag', '🇩', 1],
  ['two flags', '🇩🇪🇫🇷', 4],
  ['a sign that is asked to be a picture', '❤️', 2],
  ['the same sign as text', '❤', 1],
  ['a key', '1️⃣', 2],
  ['a key without the sign for pictures', '1\u20e3', 2],
  ['full width', 'Ａ１', 4],
  ['a blank that nobody sees', 'a\u200bb', 2],
  ['a bell', 'a\u0007b', 2],
  ['nothing', '', 0],
] as const)('%s: %j takes %i', (_, text, width) => {
  expect(displayWidth(text)).toBe(width);
});

it('counts signs as people do', () => {
  expect(graphemes('e\u0301👨‍👩‍👧🇩🇪क्')).toEqual(['e\u0301', '👨‍👩‍👧', '🇩🇪', 'क्']);
});

describe('a text in lines', () => {
  it.each([
    ['', 10, ['']],
    [' \n ', 10, ['']],
    ['one two', 7, ['one two']],
    ['one two', 6, ['one', 'two']],
    ['one two three', 7, ['one two', 'three']],
    ['  one   two\t three \n', 20, ['one two three']],
    // A word that is longer than a line begins one of its own, and what follows joins its last piece.
    ['abcdefgh', 3, ['abc', 'def', 'gh']],
    ['abcdef', 3, ['abc', 'def']],
    ['a bcdefg h', 4, ['a', 'bcde', 'fg h']],
    ['a bcdefg hi', 4, ['a', 'bcde', 'fg', 'hi']],
    // Signs of two columns are never halved, and stand alone where not even one fits.
    ['牛乳', 3, ['牛', '乳']],
    ['牛乳 1L', 7, ['牛乳 1L']],
    ['牛乳 1L', 6, ['牛乳', '1L']],
    ['牛乳', 1, ['牛', '乳']],
    ['a牛', 1, ['a', '牛']],
    ['👨‍👩‍👧👨‍👩‍👧', 2, ['👨‍👩‍👧', '👨‍👩‍👧']],
  ])('%j in %i columns is %j', (text, columns, lines) => {
    expect(wrap(text, columns)).toEqual(lines);
  });

  it('is never wider than the line, and nothing is lost', () => {
    const word = fc.string({ unit: 'grapheme', minLength: 0, maxLength: 40 });
    fc.assert(
      fc.property(word, fc.integer({ min: 2, max: 42 }), (text, columns) => {
        const lines = wrap(text, columns);
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
        expect(lines.join('').replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
      }),
    );
  });
});
