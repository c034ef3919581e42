import * as fc from 'fast-check';
import { codeKey, generatedCodes, isCode } from '#subgraphs/marketing/codes/code-text.rules';

it.each([
  ['abc-1o', 'ABC10'],
  ['ABC10', 'ABC10'],
  [' welcome 10 ', 'WE1C0ME10'],
  ['Ｗｅｌｃｏｍｅ１０', 'WE1C0ME10'],
  ['I–l_o.0', '1100'],
  ['- –', ''],
])('M10: compares %j as %j', (...[code, key]) => {
  expect(codeKey(code)).toBe(key);
});

it('accepts letters and digits with single blanks or dashes between', () => {
  const codes = ['WELCOME10', 'tea-2027 x', 'ab', 'a-b', '', ' x1y', 'x--y', 'ä10', 'x'.repeat(41), '<b>10'];
  expect(codes.filter(isCode)).toEqual(['WELCOME10', 'tea-2027 x']);
});

it('M10: generates codes of its alphabet that are compared unchanged', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 40, maxLength: 40 }), (bytes) => {
      const codes = generatedCodes(bytes, 10, 'TEA-');
      expect(codes).toHaveLength(4);
      for (const code of codes)
        expect([code, codeKey(code)]).toEqual([
          expect.stringMatching(/^TEA-[0-9A-HJKMNP-TV-Z]{10}$/),
          code.replace('-', ''),
        ]);
    }),
  );
  expect(
    generatedCodes(
      Uint8Array.from({ length: 32 }, (_, index) => index),
      32,
      '',
    ),
  ).toEqual(['0123456789ABCDEFGHJKMNPQRSTVWXYZ']);
});
