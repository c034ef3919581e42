/** What a customer is found by at the till: keys made from the customer, and prefixes made from what the cashier types. Pure. */

/** A person's data that a cashier may ask for. */
export interface Findable {
  name: string;
  email: string | null;
  phone: string | null;
}

/** Shorter runs of digits are parts of a name or a mistake, and would match every number. */
const MIN_PHONE_DIGITS = 3;

/**
 * The keys under which a customer is found, each once: the words of the name without case and accents, the address of the mail,
 * and the digits of the phone forwards and, after a minus, backwards: so the last digits find it too, whatever country code or
 * zero stands before them.
 *
 * @example
 * searchKeys({ name: 'José Müller', email: null, phone: '+49 176 123' }); // ['jose', 'muller', '49176123', '-32167194']
 */
export function searchKeys({ name, email, phone }: Findable): string[] {
  const digits = digitsOf(phone ?? '');
  const keys = [...words(name), ...(email ? [plain(email)] : [])];
  if (digits.length >= MIN_PHONE_DIGITS) keys.push(digits, `-${reversed(digits)}`);
  return [...new Set(keys)];
}

/**
 * What the text means: alternatives, each a list of prefixes that must all be found. An empty list finds nobody.
 *
 * @example
 * searchPrefixes('jo mul'); // [['jo', 'mul']]
 * searchPrefixes('0176 123'); // [['0176', '123'], ['0176123'], ['-321671']]
 */
export function searchPrefixes(text: string): string[][] {
  const alternatives: string[][] = [];
  const asWords = text.includes('@') ? [plain(text.trim())] : words(text);
  if (asWords.length > 0) alternatives.push(asWords);
  if (/^[\d\s+()/.-]+$/.test(text)) {
    const digits = digitsOf(text);
    // A number typed with its national zero is stored with its country code: from behind they agree.
    const significant = digits.replace(/^0+/, '');
    if (digits.length >= MIN_PHONE_DIGITS) alternatives.push([digits]);
    if (significant.length >= MIN_PHONE_DIGITS) alternatives.push([`-${reversed(significant)}`]);
  }
  return alternatives;
}

/** A text without case and accents, for comparing. */
export function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

function words(text: string): string[] {
  return plain(text)
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

function digitsOf(text: string): string {
  return text.replace(/\D/g, '');
}

function reversed(text: string): string {
  return [...text].reverse().join('');
}
