/**
 * Normalizes barcodes, as people, spreadsheets and scanners write them, to the one form under which a code is stored and found.
 * Everything that accepts a barcode (scan, checkout, search, products, imports, stock) normalizes it here, so that all agree.
 */
import { asciiDigits } from '#kernel/digits.rules';
import { isWebAddress, parseDigitalLink, parseElements, type GS1Element } from './gs1-elements.rules';
import { isGtin, isbn13Of, upcAOf } from './gtin.rules';

const UPC_A_LENGTH = 12;

/** Maximum length of a product's barcode; a shop's own code has at most 48 characters on GS1-128. */
const MAX_BARCODE_LENGTH = 128;
/** Maximum length of a scanned text: the letters and digits that fit into the largest QR code. */
export const MAX_SCAN_LENGTH = 4_296;

/** The symbol that a scanner reports (ISO/IEC 15424), as far as the meaning of the digits depends on it. */
type Symbol = 'EAN-8' | 'UPC-E or EAN-13' | 'GS1' | 'other';

/** A scanned or typed text without anything that is not part of the code. */
export interface ScannedText {
  readonly text: string;
  /** Undefined if the scanner does not report it. */
  readonly symbol?: Symbol;
  /** The two or five digits beside a symbol of the EAN family, if the scanner reports them as an add-on. */
  readonly addOn?: string;
}

/** A barcode as stored. */
export interface NormalizedBarcode {
  /** For display and printing: as entered, or the number alone if the rest was certainly not part of it. */
  readonly text: string;
  /** The canonical form, for comparing codes: 14 digits for every GTIN. */
  readonly code: string;
}

/** The reason why a text cannot be a barcode. */
export interface BarcodeError {
  readonly code: 'EMPTY' | 'LENGTH' | 'ROUNDED' | 'FORMULA_ERROR';
  /** The error and its remedy, for people. */
  readonly message: string;
}

/**
 * Removes what a keyboard, a spreadsheet or a scanner put around a code: blanks, line ends, control and zero-width characters, `="…"`
 * and a leading apostrophe, quotation marks, the scanner's symbology identifier. Full-width digits and those of other alphabets become
 * ASCII.
 *
 * @example scannedText(']E4９６３８５０７４\r\n') // { text: '96385074', symbol: 'EAN-8' }
 */
export function scannedText(typed: string): ScannedText {
  let text = plain(typed);
  let symbol: Symbol | undefined;
  let addOn: string | undefined;
  for (let before = ''; before !== text;) {
    before = text;
    text = unquoted(text);
    const [mark, letter = '', modifier = ''] = /^(?:\]([A-Za-z])([0-9A-Za-z]) ?)+/.exec(text) ?? [];
    if (mark === undefined) continue;
    symbol = symbolOf(letter, modifier);
    text = plain(text.slice(mark.length));
    const added = letter === 'E' ? addOnOf(text, modifier) : undefined;
    if (added !== undefined) [text, addOn] = added;
  }
  return { text, ...(symbol ? { symbol } : {}), ...(addOn === undefined ? {} : { addOn }) };
}

/** The number and its add-on: sent as one symbol (`]E3`), or as a second symbol after the first (`]E1`, `]E2`). */
function addOnOf(text: string, modifier: string): [string, string] | undefined {
  const [, main, added] = /^(\d{8}|\d{12,13})\][Ee](?:1(?=\d\d$)|2(?=\d{5}$))(\d+)$/.exec(text) ?? [];
  if (main !== undefined && added !== undefined) return [main, added];
  const [, whole, behind] = modifier === '3' ? (/^(\d{13}|\d{12})[ -]?(\d{2}|\d{5})$/.exec(text) ?? []) : [];
  return whole !== undefined && behind !== undefined ? [whole, behind] : undefined;
}

function symbolOf(letter: string, modifier: string): Symbol {
  if (letter === 'E') return modifier === '4' ? 'EAN-8' : 'UPC-E or EAN-13';
  // GS1-128, GS1 DataBar and composite, GS1 DataMatrix, GS1 QR, GS1 DotCode.
  return ['C1', 'e0', 'e1', 'e2', 'e3', 'd2', 'd5', 'Q3', 'Q5', 'J1'].includes(`${letter}${modifier}`)
    ? 'GS1'
    : 'other';
}

/** Words of visible ASCII characters with single blanks between: most texts. */
const PLAIN_ASCII = /^[!-~]+(?: [!-~]+)*$/;

/** One line of composed characters without invisible ones; the separator of GS1 (ASCII 29) stays. */
function plain(text: string): string {
  if (PLAIN_ASCII.test(text)) return text;
  return asciiDigits(text)
    .replace(/[\uff01-\uff5e]/g, fromFullWidth)
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .normalize('NFC')
    .replace(/(?:(?!\u001d)[\s\p{Cc}])+/gu, ' ')
    .trim();
}

/** Full-width letters and signs have the order of ASCII. */
function fromFullWidth(sign: string): string {
  return String.fromCharCode(sign.charCodeAt(0) - 0xfee0);
}

/** Removes the notations that make a spreadsheet keep a number as text: ="0360…", '0360…, "0360…". */
function unquoted(text: string): string {
  const [, formula, quoted, marked] =
    /^(?:="([^"]*)"|=?"([^"]+)"|['\u2018\u2019]([^'\u2019]+))$/.exec(text) ?? [];
  const inner = formula ?? quoted ?? marked;
  return inner === undefined ? text : plain(inner);
}

/**
 * The barcode in a text. A GTIN may be written with or without leading zeros, with blanks or hyphens, as an ISBN-10 or ISBN-13, as a
 * GS1 element string or Digital Link, or as a UPC-E; all of them are one code. A number without a valid check digit is a code of the
 * shop's own and stays as entered.
 *
 * @returns an error for a text that has certainly lost digits: a number that a spreadsheet rounded, an error of its formulas.
 * @example normalizeBarcode('978-3-16-148410-0') // { text: '9783161484100', code: '09783161484100' }
 * @example normalizeBarcode('4.00638E+12') // an error: the last digits are lost
 */
export function normalizeBarcode(typed: string): NormalizedBarcode | BarcodeError {
  return typed.length > MAX_SCAN_LENGTH ? TOO_LONG : normalizeScan(scannedText(typed));
}

/** The same for a text that was already read as a scan. */
function normalizeScan(scanned: ScannedText): NormalizedBarcode | BarcodeError {
  if (scanned.text === '') return { code: 'EMPTY', message: 'A barcode is empty.' };
  const text = wholeNumber(scanned.text);
  if (text === undefined) {
    const message = `"${scanned.text}" is a number that a spreadsheet rounded: its last digits are lost. Format the column as text and enter the barcode again.`;
    return { code: 'ROUNDED', message };
  }
  if (/^#(?:N\/A|REF!|VALUE!|NAME\?|NULL!|NUM!|DIV\/0!)$/i.test(text)) {
    return {
      code: 'FORMULA_ERROR',
      message: `"${text}" is an error of a spreadsheet's formula, not a barcode.`,
    };
  }
  const number = itemNumberIn({ ...scanned, text });
  if (number === undefined && text.length > MAX_BARCODE_LENGTH) return TOO_LONG;
  if (number === undefined) return { text, code: text };
  return { text: number.text, code: number.gtin.padStart(14, '0') };
}

const TOO_LONG: BarcodeError = {
  code: 'LENGTH',
  message: `A barcode has ${MAX_BARCODE_LENGTH} characters at most.`,
};

/** Whether a text cannot be a barcode. */
export function isBarcodeError(barcode: NormalizedBarcode | BarcodeError): barcode is BarcodeError {
  return 'message' in barcode;
}

/**
 * The form under which a barcode is stored and looked up; for an invalid barcode the text itself, which finds nothing.
 *
 * @example canonicalBarcode('036000291452') === '00036000291452' // and so does '0036000291452'
 * @example canonicalBarcode('123456789') === '123456789' // nine digits are not a GTIN
 */
export function canonicalBarcode(text: string): string {
  const known = recentCodes.get(text);
  if (known !== undefined) return known;
  // PostgreSQL's text cannot hold NUL.
  const code = readScan(text)?.code ?? text.replaceAll('\0', ' ');
  if (recentCodes.size >= MAX_RECENT) recentCodes.clear();
  if (text.length <= MAX_BARCODE_LENGTH) recentCodes.set(text, code);
  return code;
}

/** Codes of recent texts: an import needs each of them several times, to check, to find and to store it. */
const recentCodes = new Map<string, string>();
const MAX_RECENT = 4_096;

/** A scan, parsed once for all its uses. */
export interface Scan extends ScannedText {
  /** The canonical form of the whole text. */
  readonly code: string;
  readonly elements: readonly GS1Element[] | undefined;
}

/** Parses a scan; undefined for a text that is longer than any symbol. */
export function readScan(typed: string): Scan | undefined {
  if (typed.length > MAX_SCAN_LENGTH) return undefined;
  const scanned = scannedText(typed);
  const barcode = normalizeScan(scanned);
  return {
    ...scanned,
    code: isBarcodeError(barcode) ? scanned.text : barcode.code,
    elements: elementsIn(scanned),
  };
}

/**
 * All digits of a number in a spreadsheet's notation: `4.006381333931E+12`, `4006381333931.0` and `4,006,381,333,931` are complete.
 * @returns undefined if digits are lost; the text itself if it is not such a number.
 */
function wholeNumber(text: string): string | undefined {
  const [, whole, grouped] = /^(\d+)[.,]0+$|^(\d{1,3}(?:([.,'’])\d{3})(?:\3\d{3})+)$/.exec(text) ?? [];
  const digits = whole ?? grouped?.replace(/\D/g, '');
  if (digits !== undefined && itemNumber(digits) !== undefined) return digits;
  const [, head, places = '', plus, exponent] = /^(\d)(?:[.,](\d+))?[Ee](\+)?(\d{1,2})$/.exec(text) ?? [];
  // "1E5" may be a code of the shop's own: a spreadsheet writes a sign, or decimal places.
  if (head === undefined || (plus === undefined && places === '')) return text;
  const last = Number(exponent);
  return places.length >= last && /^0*$/.test(places.slice(last)) ? head + places.slice(0, last) : undefined;
}

interface ItemNumber {
  readonly text: string;
  readonly gtin: string;
}

/** Labels that people write before a number. */
const LABEL = /^(?:ISBN|EAN|UPC|GTIN|JAN)(?:-?(?:8|1[0-4]|[AE]))?[:.]? ?(?=\d)/i;
const BETWEEN_DIGITS = /[ \u2010-\u2015\u2212-]/g;

/** The item number in a text, and its text for display. */
function itemNumberIn(scanned: ScannedText): ItemNumber | undefined {
  const { text, symbol } = scanned;
  const named = elementsIn(scanned)?.find(({ identifier }) => identifier === '01')?.data;
  if (named !== undefined) return isGtin(named) ? { text: shortest(named), gtin: named } : undefined;
  const bare = itemNumber(text, symbol);
  return bare === undefined ? writtenNumber(text) : { text, gtin: bare };
}

/**
 * The GS1 elements in a text without its symbology identifier. Without a mark of GS1, only a text that is longer than any plain number
 * is parsed as elements, and not if the scanner reports a symbol of another kind.
 */
function elementsIn({ text, symbol }: ScannedText): GS1Element[] | undefined {
  if (isWebAddress(text)) return parseDigitalLink(text);
  const marked = symbol === 'GS1' || /^[(\u001d]/.test(text);
  return marked || (symbol === undefined && text.length >= 16) ? parseElements(text) : undefined;
}

/** A number with blanks, hyphens or a label. */
function writtenNumber(text: string): ItemNumber | undefined {
  const bare = text.replace(LABEL, '');
  const digits = bare.replace(BETWEEN_DIGITS, '');
  if (digits === text || !/^\d+[Xx]?$/.test(digits)) return bareIsbn(text);
  // Eight digits with a hyphen are more often a shop's own code than an EAN-8.
  if (digits.length === 8 && bare === text && !text.includes(' ')) return undefined;
  const isbn = isbn13Of(digits);
  const gtin = isbn ?? itemNumber(digits);
  return gtin === undefined ? undefined : { text: isbn ?? digits, gtin };
}

/** Ten bare digits stay as entered, because they may also be a shop's own code; scans find both forms. */
function bareIsbn(text: string): ItemNumber | undefined {
  const gtin = isbn13Of(text);
  return gtin === undefined ? undefined : { text: /x$/i.test(text) ? gtin : text, gtin };
}

/**
 * The GTIN of some digits. EAN-8, UPC-A, EAN-13 and GTIN-14 are GTINs. A UPC-E that is not an EAN-8 stands for a UPC-A, as do eleven
 * digits, a UPC-A whose leading zero a spreadsheet removed.
 */
function itemNumber(digits: string, symbol?: Symbol): string | undefined {
  if (symbol === 'UPC-E or EAN-13' && upcAOf(digits) !== undefined) return upcAOf(digits);
  const whole = digits.length === UPC_A_LENGTH - 1 ? `0${digits}` : digits;
  if (isGtin(whole)) return whole;
  return symbol === 'EAN-8' ? undefined : upcAOf(digits);
}

/** A GTIN-14 without its padding zeros. */
function shortest(gtin: string): string {
  return gtin.replace(/^0{6}(?=\d{8}$)|^0{1,2}(?=\d{12,13}$)/, '');
}
