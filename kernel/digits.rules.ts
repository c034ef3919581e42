/** Decimal digits of every script. Pure. */

/** Digits that are not ASCII. */
const OTHER_DIGIT = /(?![0-9])\p{Nd}/gu;
const DIGIT = /\p{Nd}/u;

/**
 * Replaces the digits of every script by ASCII digits.
 * @example asciiDigits('No. ٤۵६') // 'No. 456'
 */
export function asciiDigits(text: string): string {
  return text.replace(OTHER_DIGIT, asciiDigit);
}

/**
 * Unicode puts the ten digits of a script in a row, from zero to nine; where a script has several styles, row
 * behind row.
 */
function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0)!;
  let first = code;
  while (DIGIT.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((code - first) % 10);
}
