/**
 * Barcodes as pure rules: check digits, the one canonical form under which a code is stored, and what weight and price codes
 * carry. Sources: GS1 General Specifications, sections 2.1 (GTIN), 3 (application identifiers), 7.9 (check digit).
 */
import { Decimal } from '../../kernel/decimal';

/** GS1's separator between element strings, as scanners send it (FNC1 becomes ASCII 29). */
const FNC1 = '\u001d';
const UPC_A_LENGTH = 12;
const GTIN_LENGTHS: ReadonlySet<number> = new Set([8, 12, 13, 14]);

/** The longest text that is taken for a barcode; GS1-128 ends at 48 characters, GS1 DataMatrix element strings are longer. */
export const MAX_BARCODE_LENGTH = 128;

/**
 * The check digit that belongs behind a row of digits: weights 3 and 1 from the right, filled up to the next ten.
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

/** Whether a text is a GTIN of 8, 12, 13 or 14 digits with the right check digit. */
export function isGtin(text: string): boolean {
  return /^\d+$/.test(text) && GTIN_LENGTHS.has(text.length) && text.endsWith(checkDigit(text.slice(0, -1)));
}

/**
 * The UPC-A that a UPC-E stands for: eight digits, of which the first is the number system (0 or 1), and the last the check digit
 * of the long form (General Specifications, section 5.2.2.4). Undefined for what is no UPC-E.
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

/** Whether a text may be a shop's own label, for which rules have to be known. */
export function mayBeLabel(text: string): boolean {
  return /^(02|2\d)\d{11}$/.test(text.trim());
}

/**
 * The form under which a barcode is stored and looked up. EAN-8, UPC-A, EAN-13 and GTIN-14 become 14 digits, so that a code with
 * and without leading zeros is the same item, a UPC-E that is no EAN-8 is the UPC-A it stands for, and so are eleven digits that a
 * spreadsheet has left of a UPC-A; whatever has no valid check digit is plain text and stays as it is.
 *
 * @example canonicalBarcode('036000291452') === '00036000291452' // and so does '0036000291452'
 * @example canonicalBarcode('123456789') === '123456789' // nine digits are no GTIN
 */
export function canonicalBarcode(text: string): string {
  // PostgreSQL's text cannot hold NUL; no barcode has one.
  const code = text.replaceAll('\0', ' ').trim();
  const whole = code.length === UPC_A_LENGTH - 1 ? `0${code}` : code;
  const gtin = isGtin(whole) ? whole : upcAOf(code);
  return gtin === undefined ? code : gtin.padStart(14, '0');
}

/** The barcodes a caller gives a variant: all it is to have, or only the first one, beside which the others stay. */
export interface GivenBarcodes {
  readonly texts: readonly string[];
  readonly firstOnly: boolean;
}

/**
 * The barcodes a variant has after a change; undefined where nothing changes. A first barcode takes the place of the present
 * first one; where the variant has it already further down, it only moves to the front. None at all removes the first.
 */
export function barcodesAfter(before: readonly string[], given: GivenBarcodes | undefined): readonly string[] | undefined {
  if (!given) return undefined;
  const after = given.firstOnly ? withFirst(before, given.texts[0]) : given.texts;
  return after.length === before.length && after.every((text, index) => text === before[index]) ? undefined : after;
}

function withFirst(before: readonly string[], first: string | undefined): readonly string[] {
  if (first === undefined) return before.slice(1);
  const code = canonicalBarcode(first);
  const others = before.filter((text) => canonicalBarcode(text) !== code);
  return [first, ...(others.length === before.length ? before.slice(1) : others)];
}

/** What a barcode measures besides naming the item. */
export type Measured = 'weight' | 'price';

/** How a shop's own weight and price labels are built (EAN-13, in-store prefixes 20 to 29). */
export interface LabelRule {
  /** The first digits, any of them. */
  readonly prefixes: readonly string[];
  readonly measured: Measured;
  /** Where the item's own digits stand, [from, to) in the 13. */
  readonly item: readonly [number, number];
  /** Where the measured value stands. */
  readonly value: readonly [number, number];
  /** How many of the value's digits are behind the point: 3 for kilograms in grams, 2 for euros in cents. */
  readonly places: number;
}

/**
 * The layout that scales print unless they are told otherwise: 2P IIIII VVVVV C. Which prefixes carry a price differs from
 * country to country; 22 to 25 is the default here, and an organization's own rules replace it (barcodeRules.ts).
 */
export const DEFAULT_LABEL_RULES: readonly LabelRule[] = [
  { prefixes: ['20', '21', '26', '27', '28', '29'], measured: 'weight', item: [2, 7], value: [7, 12], places: 3 },
  { prefixes: ['22', '23', '24', '25'], measured: 'price', item: [2, 7], value: [7, 12], places: 2 },
];

/** What a label says besides naming the item. */
export interface LabelValue {
  readonly kind: Measured;
  /** Kilograms (or the item's own unit), or an amount of money. */
  readonly value: Decimal;
  /** How many digits behind the point the label prints; the value itself forgets zeros at its end. */
  readonly places: number;
}

/** What can be read from a scanned text: under which codes to look, best first, and what each says about the quantity. */
export interface BarcodeCandidate {
  /** Canonical, to be compared with stored codes. */
  readonly code: string;
  /** Undefined where the code only names the item. */
  readonly measured?: LabelValue;
}

/**
 * All readings of a scanned barcode, best first. The text itself always comes first: a code that is registered as it stands is
 * that item, whatever else could be read into it.
 */
export function barcodeCandidates(text: string, rules: readonly LabelRule[] = DEFAULT_LABEL_RULES): BarcodeCandidate[] {
  const code = text.trim();
  // Eight digits may be an EAN-8 and a UPC-E at once; scanners do not always say which symbol they saw.
  const long = isGtin(code) ? upcAOf(code) : undefined;
  const expanded = long === undefined ? [] : [{ code: canonicalBarcode(long) }];
  return [{ code: canonicalBarcode(code) }, ...expanded, ...labelCandidates(code, rules), ...elementCandidates(code)];
}

/**
 * The item of a label may be registered in four ways, all met in practice: as a whole EAN-13 whose value is zero (with its check
 * digit, or with a zero in its place), as the prefix and item digits, or as the item digits alone (the number on the scale's key).
 */
function labelCandidates(code: string, rules: readonly LabelRule[]): BarcodeCandidate[] {
  if (code.length !== 13 || !isGtin(code)) return [];
  const rule = rules.find((candidate) => candidate.prefixes.some((prefix) => code.startsWith(prefix)));
  if (!rule) return [];
  const value = new Decimal(code.slice(...rule.value)).dividedBy(new Decimal(10).pow(rule.places));
  const measured = { kind: rule.measured, value, places: rule.places };
  const [from, to] = rule.value;
  const empty = code.slice(0, from) + '0'.repeat(to - from) + code.slice(to, 12);
  const item = code.slice(...rule.item);
  const names = [empty + checkDigit(empty), `${empty}0`, code.slice(0, rule.item[1]), item];
  return [...new Set(names.map(canonicalBarcode))].map((name) => ({ code: name, measured }));
}

/** One GS1 element: an application identifier and its data. */
export interface GS1Element {
  readonly identifier: string;
  readonly data: string;
}

/** Data lengths of the identifiers that need no separator behind them (General Specifications, figure 7.8.4-2), by first two digits. */
const FIXED_LENGTHS: Readonly<Record<string, number>> = {
  '00': 18, '01': 14, '02': 14, '03': 14, '11': 6, '12': 6, '13': 6, '15': 6, '16': 6, '17': 6, '18': 6, '19': 6, '20': 2,
  '31': 6, '32': 6, '33': 6, '34': 6, '35': 6, '36': 6, '41': 13,
}; // prettier-ignore

/** How many digits an identifier has, by its first two; those that are not named here have two. */
function identifierLength(start: string): number {
  if (/^(3[1-69]|43|7[02]|8[0-2])/.test(start)) return 4;
  return /^(2[345]|4[0-2]|71)/.test(start) ? 3 : 2;
}

/**
 * Takes a GS1 element string apart, with the identifiers in parentheses as people write it, or with FNC1 as scanners send it
 * (a symbology identifier such as `]C1` in front is skipped).
 * @returns undefined where the text is no element string.
 */
export function parseElements(text: string): GS1Element[] | undefined {
  const code = text.replace(/^\](C1|e0|d2|Q3|J1)/, '');
  return code.startsWith('(') ? parseWritten(code) : parseScanned(code);
}

function parseWritten(code: string): GS1Element[] | undefined {
  if (!/^(\(\d{2,4}\)[^()\u001d]{1,90})+$/.test(code)) return undefined;
  return [...code.matchAll(/\((\d{2,4})\)([^()]+)/g)].map((match) => ({ identifier: match[1]!, data: match[2]! }));
}

function parseScanned(code: string): GS1Element[] | undefined {
  const elements: GS1Element[] = [];
  let rest = code.startsWith(FNC1) ? code.slice(1) : code;
  while (rest.length > 0) {
    const identifier = rest.slice(0, identifierLength(rest));
    if (!/^\d{2,4}$/.test(identifier)) return undefined;
    const body = rest.slice(identifier.length);
    const fixed = FIXED_LENGTHS[identifier.slice(0, 2)];
    const separator = body.indexOf(FNC1);
    const length = fixed ?? (separator < 0 ? body.length : separator);
    const data = body.slice(0, length);
    if (data.length === 0 || data.length < length || data.includes(FNC1)) return undefined;
    elements.push({ identifier, data });
    rest = body.slice(length);
    // The separator is needed behind data of open length only, yet some printers set it everywhere.
    if (rest.startsWith(FNC1)) rest = rest.slice(1);
  }
  return elements.length > 0 ? elements : undefined;
}

/** GTIN (01), net weight in kilograms (310n), amount payable (392n; 393n with three digits of currency in front). */
function elementCandidates(code: string): BarcodeCandidate[] {
  const elements = parseElements(code);
  const gtin = elements?.find((element) => element.identifier === '01')?.data;
  if (elements === undefined || gtin?.length !== 14 || !isGtin(gtin)) return [];
  for (const { identifier, data } of elements) {
    const kind = identifier.startsWith('310') ? 'weight' : /^39[23]/.test(identifier) ? 'price' : undefined;
    if (!kind) continue;
    const digits = identifier.startsWith('393') ? data.slice(3) : data;
    if (!/^\d{1,15}$/.test(digits)) return [];
    const places = Number(identifier[3]);
    const value = new Decimal(digits).dividedBy(new Decimal(10).pow(places));
    return [{ code: gtin, measured: { kind, value, places } }];
  }
  return [{ code: gtin }];
}
