/** Texts of discount codes: how they are compared, and how they are generated. */
import { foldText } from '#kernel/fold-text.rules';

/** Crockford's base 32: digits and letters without I, L, O and U, which look like others or spell words. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** Letters that people type in place of digits. */
const LOOK_ALIKES: Readonly<Record<string, string>> = { I: '1', L: '1', O: '0' };

export const MAX_CODE = 40;

/**
 * The form in which codes are compared: capitals and digits alone, and the digits of look-alike letters. Blanks and dashes do not count.
 *
 * @returns an empty text for a text without letters and digits.
 *
 * @example
 * codeKey(' abc-1o '); // 'ABC10'
 */
export function codeKey(code: string): string {
  const plain = foldText(code)
    .toUpperCase()
    .replace(/[\s\p{Dash}_.]/gu, '');
  return plain.replace(/[ILO]/g, (letter) => LOOK_ALIKES[letter]!);
}

/** Whether a text may be a code: letters, digits, blanks and dashes, with at least 3 letters or digits. */
export function isCode(code: string): boolean {
  return (
    code.length <= MAX_CODE && /^[A-Za-z0-9]+([ _-][A-Za-z0-9]+)*$/.test(code) && codeKey(code).length >= 3
  );
}

/**
 * Random codes: 5 bits a character, so that 10 characters have 50 bits, of which 10,000 codes collide with a probability of 4.4e-8.
 * @param bytes random, `length` for each code.
 */
export function generatedCodes(bytes: Uint8Array, length: number, prefix: string): string[] {
  const characters = Array.from(bytes, (byte) => ALPHABET[byte % ALPHABET.length]!).join('');
  const count = Math.floor(bytes.length / length);
  return Array.from(
    { length: count },
    (_, index) => prefix + characters.slice(index * length, (index + 1) * length),
  );
}
