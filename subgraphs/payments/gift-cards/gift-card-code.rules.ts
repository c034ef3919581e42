/**
 * Codes of gift cards: 16 characters of Crockford's Base32, 80 bits, written in groups of four. People read them aloud and type
 * them, so case, blanks and dashes do not matter, O is read as 0, and I and L as 1.
 */
import { maskCardNumbers } from '#kernel/card-numbers.rules';

/** Crockford's alphabet: without I, L and O, which look like digits, and without U. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const LENGTH = 16;
const BITS = 5;
const CODE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`);

/** The number of bytes that a code is made of. */
export const CODE_BYTES = (LENGTH * BITS) / 8;

/** The code made of ten bytes, as people see it: "7Q3K-0M4X-9ZTB-R8WD". */
export function toGiftCardCode(bytes: Uint8Array): string {
  let digits = '';
  let value = 0;
  let bits = 0;
  for (const byte of bytes.subarray(0, CODE_BYTES)) {
    value = (value << 8) | byte;
    bits += 8;
    for (; bits >= BITS; bits -= BITS) digits += ALPHABET[(value >>> (bits - BITS)) & 31];
    value &= (1 << bits) - 1;
  }
  return digits.replace(/.{4}(?=.)/g, '$&-');
}

/**
 * Whether a code could be mistaken for the number of a payment card, which is masked wherever a text arrives. One in some million
 * codes has so many digits in a row.
 */
export function resemblesCardNumber(code: string): boolean {
  return maskCardNumbers(code) !== code;
}

/** A code as it is compared: 16 characters of the alphabet; undefined for a text that cannot be a code. */
export function normalizeGiftCardCode(text: string): string | undefined {
  const code = text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s\p{Pd}\u2212\p{Cf}]/gu, '')
    .replaceAll('O', '0')
    .replace(/[IL]/g, '1');
  return CODE.test(code) ? code : undefined;
}
