/** Search of customers at a till: keys made from the customer, and prefixes made from the cashier's text. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { foldText } from '#kernel/fold-text.rules';
import type { CustomerRow } from './tables.generated';

/** The fields of a customer that are searched. */
export type SearchedFields = Pick<CustomerRow, 'name'> &
  Partial<Pick<CustomerRow, 'email' | 'phone' | 'code'>>;

/** Shorter runs of digits are parts of a name or a mistake, and would match too many numbers. */
const MIN_PHONE_DIGITS = 3;
/** An extension behind a phone number. */
const EXTENSION = /[;,]?\s*(ext(ension)?|x|#|dw|durchwahl|poste|int)[\s.:=]*\d{1,7}$/;
const PHONE = /^[+\d(][\d\s()/.+-]*$/;

/** Whether a text is written like a phone number, in digits of any script, with or without an extension. */
export function isPhone(text: string): boolean {
  return PHONE.test(foldText(text).replace(EXTENSION, ''));
}

/**
 * The keys under which a customer is found, each once: the folded words of the name and of the code, the e-mail address, and the digits
 * of the phone number as dialled from abroad, at home and without leading zeros. The longest digits are also stored backwards, after a minus, so
 * that the last digits find the customer too.
 *
 * @example
 * searchKeys({ name: 'José Müller', email: null, phone: '+49 176 1234567' });
 * // ['jose', 'muller', '491761234567', '01761234567', '1761234567', '-765432167194']
 */
export function searchKeys({ name, email, phone, code }: SearchedFields): string[] {
  const address = email ? [foldText(email)] : [];
  return [...new Set([...words(name), ...words(code ?? ''), ...address, ...phoneKeys(phone ?? '')])];
}

function phoneKeys(phone: string): string[] {
  const { digits, international } = readPhone(phone);
  if (digits.length < MIN_PHONE_DIGITS) return [];
  const number = international ? parsePhoneNumberFromString(`+${digits}`) : undefined;
  const forms = number
    ? [digits, digitsOf(number.formatNational()), number.nationalNumber]
    : [digits, significant(digits)];
  return [...forms.filter((form) => form.length >= MIN_PHONE_DIGITS), `-${reversed(digits)}`];
}

/** The key of a complete phone number; undefined for too few digits. */
export function phoneKey(phone: string): string | undefined {
  return phoneKeys(phone)[0];
}

/**
 * Search prefixes of a text: alternatives, each a list of prefixes that must all match. An empty list matches no customer.
 *
 * @example
 * searchPrefixes('jo mul'); // [['jo', 'mul']]
 * searchPrefixes('0176 123'); // [['0176', '123'], ['0176123'], ['176123'], ['-321671']]
 */
export function searchPrefixes(text: string): string[][] {
  const asWords = text.includes('@') || text.includes('＠') ? [foldText(text)] : words(text);
  const alternatives = asWords.length > 0 ? [asWords] : [];
  if (!isPhone(text)) return alternatives;
  const { digits, international } = readPhone(text);
  const number = international ? parsePhoneNumberFromString(`+${digits}`) : undefined;
  const core = number ? number.nationalNumber : significant(digits);
  const forms = [digits, core].filter((form) => form.length >= MIN_PHONE_DIGITS);
  // The last digits of a number may begin with "00" too, which is then not a country code.
  for (const tail of [core, significant(digitsOf(foldText(text)))]) {
    if (tail.length >= MIN_PHONE_DIGITS) forms.push(`-${reversed(tail)}`);
  }
  return [...alternatives, ...[...new Set(forms)].map((form) => [form])];
}

/** The digits to dial, with the country code if it is written; without "00", "(0)" and an extension. */
export function readPhone(text: string): { digits: string; international: boolean } {
  const number = foldText(text).replace(EXTENSION, '');
  const international = /^\(?\s*(\+|00)/.test(number);
  return {
    digits: digitsOf(international ? number.replace(/\(\s*0\s*\)/, '').replace(/^\D*00/, '') : number),
    international,
  };
}

function words(text: string): string[] {
  return foldText(text)
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
}

/** The digits of a text. */
export function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

/** The digits without leading zeros, which are dialled only at home. */
function significant(digits: string): string {
  return digits.replace(/^0+/, '');
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
