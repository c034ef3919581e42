/** What a customer is found by at the till: keys made from the customer, and prefixes made from what the cashier types. Pure. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { foldText } from '#kernel/fold-text.rules';
import type { CustomerRow } from './tables.generated';

/** A person's data that a cashier may ask for. */
export type Findable = Pick<CustomerRow, 'name' | 'email' | 'phone'>;

/** Shorter runs of digits are parts of a name or a mistake, and would match every number. */
const MIN_PHONE_DIGITS = 3;
/** A number behind a number: an extension. */
const EXTENSION = /[;,]?\s*(ext(ension)?|x|#|dw|durchwahl|poste|int)[\s.:=]*\d{1,7}$/;
const PHONE = /^[+\d(][\d\s()/.+-]*$/;

/** Whether a text is written like a phone number, in digits of any script. An extension may follow. */
export function isPhone(text: string): boolean {
  return PHONE.test(foldText(text).replace(EXTENSION, ''));
}

/**
 * The keys under which a customer is found, each once: the folded words of the name, the address of the mail, and the phone's digits
 * as they are dialled from abroad, at home and without the zero before them; the longest also, after a minus, backwards: so the last
 * digits find it too.
 *
 * @example
 * searchKeys({ name: 'José Müller', email: null, phone: '+49 176 1234567' });
 * // ['jose', 'muller', '491761234567', '01761234567', '1761234567', '-765432167194']
 */
export function searchKeys({ name, email, phone }: Findable): string[] {
  return [...new Set([...words(name), ...(email ? [foldText(email)] : []), ...phoneKeys(phone ?? '')])];
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

/** The key under which a customer is found by the phone number as it is written in full; undefined for too few digits. */
export function phoneKey(phone: string): string | undefined {
  return phoneKeys(phone)[0];
}

/**
 * What the text means: alternatives, each a list of prefixes that must all be found. An empty list finds nobody.
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
  // The last digits of a number may begin with "00" too, and are then no country code.
  for (const tail of [core, significant(digitsOf(foldText(text)))]) {
    if (tail.length >= MIN_PHONE_DIGITS) forms.push(`-${reversed(tail)}`);
  }
  return [...alternatives, ...[...new Set(forms)].map((form) => [form])];
}

/** The digits to dial, with the country's code where the number is written with it; neither "00", "(0)" nor an extension. */
function readPhone(text: string): { digits: string; international: boolean } {
  const written = foldText(text).replace(EXTENSION, '');
  const international = /^\(?\s*(\+|00)/.test(written);
  return {
    digits: digitsOf(international ? written.replace(/\(\s*0\s*\)/, '').replace(/^\D*00/, '') : written),
    international,
  };
}

function words(text: string): string[] {
  return foldText(text)
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== '');
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

/** Without the zeros that stand before a number at home. */
function significant(digits: string): string {
  return digits.replace(/^0+/, '');
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
