/** Numbers that a till scans to find a customer: of cards, and the codes of customers. Pure. */
import type { FieldError } from '#kernel/errors';
import { asciiDigits } from '#kernel/digits.rules';

const NUMBER = /^[A-Z0-9][A-Z0-9._/-]{0,39}$/;

/** A number as it is stored and compared: in capitals, without blanks; null for an empty text. */
export function scannedNumber(text: string | null | undefined): string | null {
  const number = asciiDigits(text ?? '')
    .replace(/\s+/g, '')
    .toUpperCase();
  return number === '' ? null : number;
}

/** Errors of a number in the input. The number of a payment card has one: its digits were masked when it arrived. */
export function numberErrors(field: string, text: string | null | undefined): FieldError[] {
  const number = scannedNumber(text);
  if (number === null || NUMBER.test(number)) return [];
  const message =
    'Must have at most 40 letters A to Z, digits and . _ / -, and begin with a letter or a digit. It must not be the number of a payment card.';
  return [{ field, message, code: 'INVALID' }];
}
