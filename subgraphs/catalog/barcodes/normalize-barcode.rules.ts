/**
 * Barcodes as people, spreadsheets and scanners write them, and the one form under which a code is stored and found. Pure.
 * Whatever takes a barcode in (scan, checkout, search, products, imports, stock) goes through here, so that all agree.
 */
import { asciiDigits } from '#kernel/digits.rules';
import { isWebAddress, parseDigitalLink, parseElements, type GS1Element } from './gs1-elements.rules';
import { isGtin, isbn13Of, upcAOf } from './gtin.rules';

const UPC_A_LENGTH = 12;

/** The longest barcode of a product; a code of its own has 48 characters at most on GS1-128. */
const MAX_BARCODE_LENGTH = 128;
/** The longest text that is read as a scan: the letters and digits that fit into the largest QR code. */
export const MAX_SCAN_LENGTH = 4_296;

/** Which symbol a scanner says it saw (ISO/IEC 15424), where that decides what the digits are. */
type Symbol = 'EAN-8' | 'UPC-E or EAN-13' | 'GS1' | 'other';

/** A scanned or typed text without everything that is not part of the code. */
export interface ScannedText {
  readonly text: string;
  /** Undefined where the scanner did not say. */
  readonly symbol?: Symbol;
  /** The two or five digits beside a symbol of the EAN family, where the scanner says that they are an add-on. */
  readonly addOn?: string;
}

/** A barcode as it is kept. */
export interface NormalizedBarcode {
  /** To be shown and printed: as it was typed, or the number alone where the rest was surely not part of it. */
  readonly text: string;
  /** The form in which codes are compared: 14 digits for every GTIN. */
  readonly code: string;
}

/** Why a text cannot be a barcode. */
export interface BarcodeRefusal {
  readonly code: 'EMPTY' | 'LENGTH' | 'ROUNDED' | 'FORMULA_ERROR';
  /** What is wrong, and what to do. */
  readonly refusal: string;
}

/**
 * Takes off what a keyboard, a spreadsheet or a scanner put around a code: blanks, line ends, control and zero-width characters,
 * full-width and other alphabets' digits, `="…"` and a leading apostrophe, quotation marks, the scanner's symbology identifier.
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

/** The number and its add-on: sent as one (`]E3`), or as a symbol of its own behind the first (`]E1`, `]E2`). */
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

/** One line of composed characters, without what cannot be seen; the separator of GS1 (ASCII 29) stays. */
function plain(text: string): string {
  return asciiDigits(text)
    .replace(/[\uff01-\uff5e]/g, fromFullWidth)
    .replace(/\p{Cf}/gu, '')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .normalize('NFC')
    .replace(/(?:(?!\u001d)[\s\p{Cc}])+/gu, ' ')
    .trim();
}

/** Full-width letters and signs stand in the order of ASCII's. */
function fromFullWidth(sign: string): string {
  return String.fromCharCode(sign.charCodeAt(0) - 0xfee0);
}

/** Without the ways in which spreadsheets are made to keep a number as text: ="0360…", '0360…, "0360…". */
function unquoted(text: string): string {
  const [, formula, quoted, marked] =
    /^(?:="([^"]*)"|=?"([^"]+)"|['\u2018\u2019]([^'\u2019]+))$/.exec(text) ?? [];
  const inner = formula ?? quoted ?? marked;
  return inner === undefined ? text : plain(inner);
}

/**
 * The barcode that a text stands for. A GTIN may be written with or without leading zeros, with blanks or hyphens, as an ISBN-10
 * or ISBN-13, as a GS1 element string or Digital Link, or as a UPC-E; all of them are one code. What has no valid check digit is a
 * code of the shop's own and stays as it was typed.
 *
 * @returns a refusal for what has surely lost digits: a number that a spreadsheet rounded, an error of its formulas.
 * @example normalizeBarcode('978-3-16-148410-0') // { text: '9783161484100', code: '09783161484100' }
 * @example normalizeBarcode('4.00638E+12') // refused: the last digits are gone
 */
export function normalizeBarcode(typed: string): NormalizedBarcode | BarcodeRefusal {
  return typed.length > MAX_SCAN_LENGTH ? TOO_LONG : normalizeScan(scannedText(typed));
}

/** The same for a text that has been read already. */
function normalizeScan(scanned: ScannedText): NormalizedBarcode | BarcodeRefusal {
  if (scanned.text === '') return { code: 'EMPTY', refusal: 'A barcode is empty.' };
  const text = wholeNumber(scanned.text);
  if (text === undefined) {
    const refusal = `"${scanned.text}" is a number that a spreadsheet rounded: its last digits are lost. Format the column as text and enter the barcode again.`;
    return { code: 'ROUNDED', refusal };
  }
  if (/^#(?:N\/A|REF!|VALUE!|NAME\?|NULL!|NUM!|DIV\/0!)$/i.test(text)) {
    return {
      code: 'FORMULA_ERROR',
      refusal: `"${text}" is an error of a spreadsheet's formula, not a barcode.`,
    };
  }
  const number = itemNumberIn({ ...scanned, text });
  if (number === undefined && text.length > MAX_BARCODE_LENGTH) return TOO_LONG;
  if (number === undefined) return { text, code: text };
  return { text: number.text, code: number.gtin.padStart(14, '0') };
}

const TOO_LONG: BarcodeRefusal = {
  code: 'LENGTH',
  refusal: `A barcode has ${MAX_BARCODE_LENGTH} characters at most.`,
};

/** Whether a barcode was refused. */
export function isRefused(barcode: NormalizedBarcode | BarcodeRefusal): barcode is BarcodeRefusal {
  return 'refusal' in barcode;
}

/**
 * The form under which a barcode is stored and looked up; the text itself where it cannot be one, which then finds nothing.
 *
 * @example canonicalBarcode('036000291452') === '00036000291452' // and so does '0036000291452'
 * @example canonicalBarcode('123456789') === '123456789' // nine digits are no GTIN
 */
export function canonicalBarcode(text: string): string {
  // PostgreSQL's text cannot hold NUL.
  return readScan(text)?.code ?? text.replaceAll('\0', ' ');
}

/** A scan, read once for everything that is asked of it. */
export interface Scan extends ScannedText {
  /** The canonical form of the whole text. */
  readonly code: string;
  readonly elements: readonly GS1Element[] | undefined;
}

/** Reads a scan; undefined for a text that is longer than any symbol. */
export function readScan(typed: string): Scan | undefined {
  if (typed.length > MAX_SCAN_LENGTH) return undefined;
  const scanned = scannedText(typed);
  const barcode = normalizeScan(scanned);
  return {
    ...scanned,
    code: isRefused(barcode) ? scanned.text : barcode.code,
    elements: elementsIn(scanned),
  };
}

/**
 * A number as a spreadsheet writes it, in full: `4.006381333931E+12`, `4006381333931.0` and `4,006,381,333,931` still have all their
 * digits.
 * @returns undefined where digits are lost; the text itself where it is not such a number.
 */
function wholeNumber(text: string): string | undefined {
  const [, whole, grouped] = /^(\d+)[.,]0+$|^(\d{1,3}(?:([.,'’])\d{3})(?:\3\d{3})+)$/.exec(text) ?? [];
  const digits = whole ?? grouped?.replace(/\D/g, '');
  if (digits !== undefined && itemNumber(digits) !== undefined) return digits;
  const [, head, places = '', plus, exponent] = /^(\d)(?:[.,](\d+))?[Ee](\+)?(\d{1,2})$/.exec(text) ?? [];
  // "1E5" may well be a code of its own: a spreadsheet writes a sign, or places.
  if (head === undefined || (plus === undefined && places === '')) return text;
  const last = Number(exponent);
  return places.length >= last && /^0*$/.test(places.slice(last)) ? head + places.slice(0, last) : undefined;
}

interface ItemNumber {
  readonly text: string;
  readonly gtin: string;
}

/** What people write in front of a number. */
const LABEL = /^(?:ISBN|EAN|UPC|GTIN|JAN)(?:-?(?:8|1[0-4]|[AE]))?[:.]? ?(?=\d)/i;
const BETWEEN_DIGITS = /[ \u2010-\u2015\u2212-]/g;

/** The item number in a text, and how it is shown. */
function itemNumberIn(scanned: ScannedText): ItemNumber | undefined {
  const { text, symbol } = scanned;
  const named = elementsIn(scanned)?.find(({ identifier }) => identifier === '01')?.data;
  if (named !== undefined) return isGtin(named) ? { text: shortest(named), gtin: named } : undefined;
  const bare = itemNumber(text, symbol);
  return bare === undefined ? writtenNumber(text) : { text, gtin: bare };
}

/**
 * The GS1 elements in a text without its symbology identifier. Without a mark of GS1 only a text that is longer than any plain
 * number is one, and none where the scanner says that the symbol is not GS1's.
 */
function elementsIn({ text, symbol }: ScannedText): GS1Element[] | undefined {
  if (isWebAddress(text)) return parseDigitalLink(text);
  const marked = symbol === 'GS1' || /^[(\u001d]/.test(text);
  return marked || (symbol === undefined && text.length >= 16) ? parseElements(text) : undefined;
}

/** A number with blanks, hyphens or its name. */
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

/** Ten bare digits stay as they were typed, for they may be a shop's own code, too; both are found. */
function bareIsbn(text: string): ItemNumber | undefined {
  const gtin = isbn13Of(text);
  return gtin === undefined ? undefined : { text: /x$/i.test(text) ? gtin : text, gtin };
}

/**
 * The GTIN that digits stand for. EAN-8, UPC-A, EAN-13 and GTIN-14 are one; a UPC-E that is not an EAN-8 is the UPC-A it stands
 * for, and so are eleven digits that a spreadsheet has left of a UPC-A.
 */
function itemNumber(digits: string, symbol?: Symbol): string | undefined {
  if (symbol === 'UPC-E or EAN-13' && upcAOf(digits) !== undefined) return upcAOf(digits);
  const whole = digits.length === UPC_A_LENGTH - 1 ? `0${digits}` : digits;
  if (isGtin(whole)) return whole;
  return symbol === 'EAN-8' ? undefined : upcAOf(digits);
}

/** A GTIN-14 without the zeros that only fill it up. */
function shortest(gtin: string): string {
  return gtin.replace(/^0{6}(?=\d{8}$)|^0{1,2}(?=\d{12,13}$)/, '');
}
