/**
 * Barcodes as pure rules: the codes a variant has, and what can be read from a scanned text: under which codes to look, and what
 * weight and price codes carry. Sources: GS1 General Specifications, sections 2.1 (GTIN) and 3 (application identifiers).
 */
import { Decimal } from '#kernel/decimal';
import { checkDigit, isGtin, priceCheckDigit, upcAOf, upcEsOf } from './gtin.rules';
import { isWebAddress, type GS1Element } from './gs1-elements.rules';
import { contentOf, type ElementContent } from './gs1-measures.rules';
import { MAX_SCAN_LENGTH, canonicalBarcode, readScan, type Scan } from './normalize-barcode.rules';

/** The barcodes a caller gives a variant: all it is to have, or only the first one, beside which the others stay. */
export interface GivenBarcodes {
  readonly texts: readonly string[];
  readonly firstOnly: boolean;
}

/**
 * The barcodes a variant has after a change; undefined where nothing changes. A first barcode takes the place of the present
 * first one; where the variant has it already further down, it only moves to the front. None at all removes the first.
 */
export function barcodesAfter(
  before: readonly string[],
  given: GivenBarcodes | undefined,
): readonly string[] | undefined {
  if (!given) return undefined;
  const after = given.firstOnly ? withFirst(before, given.texts[0]) : given.texts;
  return after.length === before.length && after.every((text, index) => text === before[index])
    ? undefined
    : after;
}

function withFirst(before: readonly string[], first: string | undefined): readonly string[] {
  if (first === undefined) return before.slice(1);
  const code = canonicalBarcode(first);
  const others = before.filter((text) => canonicalBarcode(text) !== code);
  return [first, ...(others.length === before.length ? before.slice(1) : others)];
}

/** What a barcode measures besides naming the item. */
export type Measured = 'weight' | 'price';

/** How a shop's own weight and price labels are built (EAN-13, in-store prefixes 02 and 20 to 29). */
export interface LabelRule {
  /** The first digits, any of them. */
  readonly prefixes: readonly string[];
  /** Undefined where such codes are not labels at all. */
  readonly measured: Measured | undefined;
  /** Where the item's own digits stand, [from, to) in the 13. */
  readonly item: readonly [number, number];
  /** Where the measured value stands. */
  readonly value: readonly [number, number];
  /** How many of the value's digits are behind the point: 3 for kilograms in grams, 2 for euros in cents. */
  readonly places: number;
  /** Where the check digit of the price stands, if it has one. */
  readonly priceCheck?: number;
}

/**
 * The layouts that scales print unless they are told otherwise: 2P IIIII VVVVV C, and on the UPC-A of the United States
 * 2 IIIII X VVVV C, where X is the check digit of the price. Which prefixes carry a price differs from country to country; 22 to
 * 25 is the default here, and an organization's own rules replace it (barcode-rules.ts). Prices have the places of the currency.
 */
export function usualLabelRules(currencyPlaces: number): readonly LabelRule[] {
  return [
    {
      prefixes: ['20', '21', '26', '27', '28', '29'],
      measured: 'weight',
      item: [2, 7],
      value: [7, 12],
      places: 3,
    },
    {
      prefixes: ['22', '23', '24', '25'],
      measured: 'price',
      item: [2, 7],
      value: [7, 12],
      places: currencyPlaces,
    },
    {
      prefixes: ['02'],
      measured: 'price',
      item: [2, 7],
      value: [8, 12],
      places: currencyPlaces,
      priceCheck: 7,
    },
  ];
}

/** What a label says besides naming the item. */
export interface LabelValue {
  readonly kind: Measured;
  /** Kilograms (or the item's own unit), or an amount of money. */
  readonly value: Decimal;
  /** How many digits behind the point the label prints; the value itself forgets zeros at its end. */
  readonly places: number;
}

/** What a code says besides naming the item, before it is known what the item is sold by (apply-measure.rules.ts). */
export interface CodeMeasure extends LabelValue {
  /** All that GS1 elements say; kind and value are the first of it. */
  readonly content?: ElementContent;
  /** The price on the label does not fit its check digit. */
  readonly wrongCheckDigit?: boolean;
  /** The item was found under the whole code, whose value is zero. */
  readonly registered?: boolean;
}

/** What can be read from a scanned text: under which codes to look, best first, and what each says about the quantity. */
export interface BarcodeCandidate {
  /** Canonical, to be compared with stored codes. */
  readonly code: string;
  /** Undefined where the code only names the item. */
  readonly measured?: CodeMeasure;
}

/** Whether a scan may carry a measure, for which the label rules and the currency have to be known. */
export function mayMeasure({ code, elements }: Scan): boolean {
  return labelDigits(code) !== undefined || elements !== undefined;
}

/**
 * All readings of a scanned barcode, best first. The text itself always comes first: a code that is registered as it stands is
 * that item, whatever else could be read into it. Then come the other forms of a UPC-E or UPC-A, the number without an add-on,
 * and the item of a label. Where two items fit, the first reading wins.
 */
export function barcodeCandidates(
  scan: Scan | string,
  rules: readonly LabelRule[] = usualLabelRules(2),
): BarcodeCandidate[] {
  const scanned = typeof scan === 'string' ? readScan(scan) : scan;
  if (!scanned) return [];
  const { code, elements } = scanned;
  if (elements?.some(({ identifier }) => identifier === '01')) return [elementCandidate(code, elements)];
  const labels = labelCandidates(code, rules);
  const printed = labels[0]?.measured;
  const whole = { code, ...(printed?.value.isZero() ? { measured: { ...printed, registered: true } } : {}) };
  const named = scanned.addOn === undefined ? [] : [{ code: `${scanned.text}${scanned.addOn}` }];
  const others = [...shortAndLong(scanned), ...withoutAddOn(scanned.text)];
  return [...named, whole, ...others.map((other) => ({ code: other })), ...labels];
}

/** A GTIN with what the other elements say; kind and value are those of the first measure, or else of the price. */
function elementCandidate(code: string, elements: readonly GS1Element[]): BarcodeCandidate {
  const content = contentOf(elements);
  if (!content) return { code };
  const [first] = content.measures;
  const value = (first ?? content.amount ?? content.unitPrice)?.value ?? new Decimal(0);
  return {
    code,
    measured: { kind: first ? 'weight' : 'price', value, places: value.decimalPlaces(), content },
  };
}

/**
 * Eight digits may be an EAN-8 and a UPC-E at once, and scanners do not always say which symbol they saw; an item may be
 * registered under either form.
 */
function shortAndLong({ text, symbol, code }: Scan): string[] {
  const long = symbol === 'EAN-8' ? undefined : upcAOf(text);
  const upcA = code.startsWith('00') ? code.slice(2) : long;
  const short = upcA === undefined ? [] : upcEsOf(upcA).filter(isGtin).map(asGtin14);
  return [...(long !== undefined && isGtin(text) ? [asGtin14(long)] : []), ...short].filter(
    (other) => other !== code,
  );
}

function asGtin14(digits: string): string {
  return digits.padStart(14, '0');
}

/**
 * A number with the two or five digits of an add-on behind it, as a scanner sends it that does not say what it saw. Twelve digits
 * and two are not read so unless there is a blank between them: they would be a GTIN-14 whose check digit was misread.
 */
function withoutAddOn(text: string): string[] {
  const [, ean13, upcA] =
    /^(?:(\d{13})[ -]?(?:\d{2}|\d{5})|(\d{12})(?:[ -]?\d{5}|[ -]\d{2}))$/.exec(text) ?? [];
  const number = ean13 ?? upcA;
  return number !== undefined && isGtin(number) ? [number.padStart(14, '0')] : [];
}

/** The 13 digits of what may be a shop's own label: a code of restricted circulation. */
function labelDigits(code: string): string | undefined {
  return /^0(?:02|2\d)\d{11}$/.test(code) ? code.slice(1) : undefined;
}

/**
 * The item of a label may be registered in four ways, all met in practice: as a whole EAN-13 whose value is zero (with its check
 * digit, or with a zero in its place), as the prefix and item digits, or as the item digits alone (the number on the scale's key).
 */
function labelCandidates(code: string, rules: readonly LabelRule[]): BarcodeCandidate[] {
  const digits = labelDigits(code);
  const rule = rules.find(({ prefixes }) => prefixes.some((prefix) => digits?.startsWith(prefix)));
  if (!digits || !rule?.measured) return [];
  const printed = digits.slice(...rule.value);
  const value = new Decimal(printed).dividedBy(new Decimal(10).pow(rule.places));
  const wrongCheckDigit =
    rule.priceCheck !== undefined && digits[rule.priceCheck] !== priceCheckDigit(printed);
  const measured = {
    kind: rule.measured,
    value,
    places: rule.places,
    ...(wrongCheckDigit ? { wrongCheckDigit } : {}),
  };
  const from = Math.min(rule.value[0], rule.priceCheck ?? rule.value[0]);
  const empty = digits.slice(0, from) + '0'.repeat(rule.value[1] - from) + digits.slice(rule.value[1], 12);
  const start = digits.slice(0, rule.item[1]);
  // The number system of a UPC-A is the second of the two digits.
  const short = start.startsWith('02') ? [start.slice(1)] : [];
  const names = [empty + checkDigit(empty), `${empty}0`, start, ...short, digits.slice(...rule.item)];
  return [...new Set(names.map(canonicalBarcode))].map((name) => ({ code: name, measured }));
}

/**
 * Why a text that says it is GS1's names no item, for those who have found none under it; undefined for any other text, which may
 * simply be unknown.
 */
export function unreadableBarcode(text: string): string | undefined {
  const scanned = readScan(text);
  if (!scanned) return `A barcode has ${MAX_SCAN_LENGTH} characters at most.`;
  const { elements } = scanned;
  if (isWebAddress(scanned.text)) return elements ? undefined : unreadableLink(scanned.text);
  const marked = scanned.symbol === 'GS1' || /^(?:\(\d{2,4}\)|\u001d)/.test(scanned.text);
  if (!marked) return undefined;
  if (!elements)
    return 'The GS1 code cannot be read: an application identifier is unknown, or its data does not fit it. Scan it again.';
  const gtin = elements.find(({ identifier }) => identifier === '01')?.data;
  if (gtin !== undefined)
    return isGtin(gtin)
      ? undefined
      : `The check digit of the GTIN ${gtin} (AI 01) is wrong. Scan the code again.`;
  const identifiers = elements.map(({ identifier }) => identifier).join(', ');
  return `The GS1 code names no goods: it has no GTIN (AI 01), only AI ${identifiers}.`;
}

/** A compressed Digital Link ends in letters and digits of base64url; any other address may be anything. */
function unreadableLink(address: string): string | undefined {
  const { pathname } = new URL(address);
  const named = /\/(?:01|gtin|00|8006|414)\//i.test(pathname);
  const compressed = /\/(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{10,}\/?$/.test(pathname);
  if (!named && !compressed) return undefined;
  return 'The address is not a GS1 Digital Link that can be read here: it needs the path /01/ with a valid GTIN in the open. Compressed links are not read; scan another barcode of the goods.';
}
