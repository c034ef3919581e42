import fc from 'fast-check';
import { maskCardNumbers } from '#kernel/card-numbers.rules';
import {
  CODE_BYTES,
  normalizeGiftCardCode,
  resemblesCardNumber,
  toGiftCardCode,
} from '#subgraphs/payments/gift-cards/gift-card-code.rules';

const bytes = fc.uint8Array({ minLength: CODE_BYTES, maxLength: CODE_BYTES });

it('writes 80 bits as four groups of four characters', () => {
  expect(toGiftCardCode(new Uint8Array(10))).toBe('0000-0000-0000-0000');
  expect(toGiftCardCode(new Uint8Array(10).fill(255))).toBe('ZZZZ-ZZZZ-ZZZZ-ZZZZ');
  // Bits 00001 00010 00011 … : each character is the next of the alphabet.
  const counting = BigInt(
    `0b${Array.from({ length: 16 }, (_, index) => (index + 1).toString(2).padStart(5, '0')).join('')}`,
  );
  expect(toGiftCardCode(Buffer.from(counting.toString(16).padStart(20, '0'), 'hex'))).toBe(
    '1234-5678-9ABC-DEFG',
  );
});

it('writes other bytes as another code', () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      expect(toGiftCardCode(one) === toGiftCardCode(other)).toBe(Buffer.from(one).equals(Buffer.from(other)));
    }),
  );
});

it.each([
  ['dem0-g1ft-card-0001', 'small letters'],
  ['DEM0 G1FT CARD 0001', 'blanks'],
  ['DEM0G1FTCARD0001', 'no dashes'],
  [' DEMO\u2013GlFT\u2013CARD\u2013OOOI ', 'long dashes, and letters for digits'],
  ['ＤＥＭ０－Ｇ１ＦＴ－ＣＡＲＤ－０００１', 'full width'],
  ['DEM0\u200b-G1FT-CARD-0001\n', 'a zero-width space and a line break of a scanner'],
])('reads %j: %s', (text) => {
  expect(normalizeGiftCardCode(text)).toBe('DEM0G1FTCARD0001');
});

it.each([
  '',
  'DEM0-G1FT-CARD-000',
  'DEM0-G1FT-CARD-00011',
  'DEMU-G1FT-CARD-0001',
  'DEM0-G1FT-CARD-000\u0661',
  '--',
])('takes %j for no code', (text) => {
  expect(normalizeGiftCardCode(text)).toBeUndefined();
});

it('reads any code that it writes, in any spelling', () => {
  fc.assert(
    fc.property(bytes, fc.constantFrom(' ', '-', '', '\u2014'), fc.boolean(), (given, separator, small) => {
      const code = toGiftCardCode(given);
      const typed = code.replaceAll('-', separator);
      expect(normalizeGiftCardCode(small ? typed.toLowerCase() : typed)).toBe(code.replaceAll('-', ''));
    }),
  );
});

it('recognizes codes that are masked as the number of a payment card', () => {
  expect(resemblesCardNumber('4242-4242-4242-4242')).toBe(true);
  expect(resemblesCardNumber('4242-4242-4242-424A')).toBe(false);
  expect(maskCardNumbers('4242-4242-4242-424A')).toBe('4242-4242-4242-424A');
});
