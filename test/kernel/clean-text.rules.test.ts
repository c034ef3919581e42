/** Names and texts as they are stored. */
import fc from 'fast-check';
import { cleanName, cleanText } from '#kernel/clean-text.rules';

it.each([
  ['blanks at the ends', '  Tea\u00a0\n', 'Tea', 'Tea'],
  ['more blanks than one', 'Green  \u3000 tea', 'Green tea', 'Green  \u3000 tea'],
  ['lines', 'Green\r\n\ttea', 'Green tea', 'Green\r\n\ttea'],
  ['control characters', 'Green\u0007\u001btea', 'Green tea', 'Green\u0007\u001btea'],
  ['NUL, which no database takes', 'Green\0\0tea\0', 'Green tea', 'Green  tea'],
  ['halves of characters', 'Tea \ud83d!\ude00', 'Tea \ufffd!\ufffd', 'Tea \ufffd!\ufffd'],
  ['whole characters', 'Tea 😀', 'Tea 😀', 'Tea 😀'],
  ['letters and their marks apart', 'Cafe\u0301', 'Caf\u00e9', 'Caf\u00e9'],
  ['nothing', ' \0 ', '', ''],
])('%s: %j is the name %j and the text %j', (_, given, name, text) => {
  expect([cleanName(given), cleanText(given)]).toEqual([name, text]);
});

it('is clean once it was cleaned', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (given) => {
      expect(cleanName(cleanName(given))).toBe(cleanName(given));
      expect(cleanText(cleanText(given))).toBe(cleanText(given));
      expect(cleanName(cleanText(given))).toBe(cleanName(given));
    }),
  );
});
