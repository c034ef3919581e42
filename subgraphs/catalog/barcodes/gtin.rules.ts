/**
 * Item numbers: check digits, and the forms in which one number is written. Sources: GS1 General Specifications,
 * sections 2.1 (GTIN), 5.2.2.4 (UPC-E) and 7.9 (check digits); ISO 2108 (ISBN).
 */

const GTIN_LENGTHS: ReadonlySet<number> = new Set([8, 12, 13, 14]);

/**
 * The check digit for a row of digits: weights 3 and 1 from the right, and the difference to the next multiple of ten.
 * @example checkDigit('400638133393') === '1'
 */
export function checkDigit(digits: string): string {
  let total = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const weight = (digits.length - index) % 2 === 1 ? 3 : 1;
    total += Number(digits[index]) * weight;
  }
  return String((10 - (total % 10)) % 10);
}

/** Whether a text is a GTIN of 8, 12, 13 or 14 digits with a correct check digit. */
export function isGtin(text: string): boolean {
  return GTIN_LENGTHS.has(text.length) && /^\d+$/.test(text) && text.endsWith(checkDigit(text.slice(0, -1)));
}

/**
 * The UPC-A of a UPC-E. A UPC-E has eight digits: the first is the number system (0 or 1), the last is the check digit of the long
 * form. Undefined for anything else.
 *
 * @example upcAOf('04252614') === '042100005264'
 */
export function upcAOf(text: string): string | undefined {
  const match = /^([01])(\d{5})(\d)(\d)$/.exec(text);
  if (!match) return undefined;
  const [, system, digits, last, check] = match as unknown as [string, string, string, string, string];
  const head = digits.slice(0, 2);
  const body =
    last <= '2'
      ? `${head}${last}0000${digits.slice(2)}`
      : last === '3'
        ? `${digits.slice(0, 3)}00000${digits.slice(3)}`
        : last === '4'
          ? `${digits.slice(0, 4)}00000${digits.slice(4)}`
          : `${digits}0000${last}`;
  const payload = `${system}${body}`;
  return checkDigit(payload) === check ? `${payload}${check}` : undefined;
}

/** Positions of the zeros in a UPC-A that can be shortened, and the composition of its short form. */
const SHORT_FORMS: readonly { pattern: RegExp; short: string }[] = [
  { pattern: /^([01])(\d\d)([012])0000(\d{3})(\d)$/, short: '$1$2$4$3$5' },
  { pattern: /^([01])(\d{3})00000(\d\d)(\d)$/, short: '$1$2$33$4' },
  { pattern: /^([01])(\d{4})00000(\d)(\d)$/, short: '$1$2$34$4' },
  { pattern: /^([01])(\d{5})0000([5-9])(\d)$/, short: '$1$2$3$4' },
];

/**
 * The UPC-Es of a UPC-A, the inverse of `upcAOf`. Most have none; of several, the first is the printed one.
 * @example upcEsOf('042100005264') // ['04252614']
 */
export function upcEsOf(upcA: string): string[] {
  if (!isGtin(upcA)) return [];
  return SHORT_FORMS.filter(({ pattern }) => pattern.test(upcA)).map(({ pattern, short }) =>
    upcA.replace(pattern, short),
  );
}

/**
 * The ISBN-13 of an ISBN-10; undefined if the check character (modulo 11, X for ten) is wrong.
 * @example isbn13Of('316148410X') === '9783161484100'
 */
export function isbn13Of(isbn10: string): string | undefined {
  if (!/^\d{9}[\dXx]$/.test(isbn10)) return undefined;
  const values = [...isbn10].map((digit) => (/[Xx]/.test(digit) ? 10 : Number(digit)));
  const total = values.reduce((sum, value, index) => sum + value * (10 - index), 0);
  if (total % 11 !== 0) return undefined;
  const payload = `978${isbn10.slice(0, 9)}`;
  return payload + checkDigit(payload);
}

/** Weighted values of the digits of a four-digit price, by their weights 2−, 2−, 3 and 5− (General Specifications, sections 7.9.2 to 7.9.4). */
const PRICE_WEIGHTS = ['0246891357', '0246891357', '0369258147', '0594837261'] as const;

/**
 * The check digit before the four digits of a price on a random-weight UPC-A.
 * @example priceCheckDigit('2875') === '9'
 */
export function priceCheckDigit(price: string): string {
  const total = PRICE_WEIGHTS.reduce(
    (sum, products, index) => sum + Number(products[Number(price[index])]),
    0,
  );
  return String((total * 3) % 10);
}
