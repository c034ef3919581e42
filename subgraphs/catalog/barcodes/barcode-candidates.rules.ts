/**
 * The barcodes of a variant, and the readings of a scanned text: the codes to look up, and the measures of weight and price codes.
 * Sources: GS1 General Specifications, sections 2.1 (GTIN) and 3 (application identifiers).
 */
import { Decimal } from '#kernel/decimal';
import { checkDigit, isGtin, priceCheckDigit, upcAOf, upcEsOf } from './gtin.rules';
import { isWebAddress, type GS1Element } from './gs1-elements.rules';
import { contentOf, type ElementContent } from './gs1-measures.rules';
import { MAX_SCAN_LENGTH, canonicalBarcode, readScan, type Scan } from './normalize-barcode.rules';

/** The barcodes that a caller gives a variant: all of them, or only the first, and the others stay. */
export interface GivenBarcodes {
  readonly texts: readonly string[];
  readonly firstOnly: boolean;
}

/**
 * The barcodes of a variant after a change; undefined if nothing changes. A new first barcode replaces the current first one; a barcode
 * that the variant already has moves to the front. An empty list removes the first.
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

/** The measure of a barcode, besides the item. */
export type Measured = 'weight' | 'price';

/** The layout of a shop's own weight and price labels (EAN-13, in-store prefixes 02 and 20 to 29). */
export interface LabelRule {
  /** First digits; any of these. */
  readonly prefixes: readonly string[];
  /** Undefined if such codes are not labels at all. */
  readonly measured: Measured | undefined;
  /** Position of the item's digits, [from, to) in the 13. */
  readonly item: readonly [number, number];
  /** Position of the measured value. */
  readonly value: readonly [number, number];
  /** Decimal places of the value: 3 for kilograms in grams, 2 for euros in cents. */
  readonly places: number;
  /** Position of the price's check digit, if it has one. */
  readonly priceCheck?: number;
}

/**
 * The layouts that scales print by default: 2P IIIII VVVVV C, and on the UPC-A of the United States 2 IIIII X VVVV C, where X is the
 * check digit of the price. The prefixes for prices differ by country; 22 to 25 is the default here, and an organization's own rules
 * replace it (barcode-rules.ts). Prices have the decimal places of the currency.
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

/** An organization's own rule, as it is stored and as the graph shows it (`BarcodeRule`). */
export interface OwnLabelRule {
  readonly prefix: string;
  readonly measured: Measured;
  readonly itemFrom: number;
  readonly itemTo: number;
  readonly valueFrom: number;
  readonly valueTo: number;
  readonly places: number;
  /** An inactive rule prevents a shorter or a usual rule from reading its prefix. */
  readonly active: boolean;
}

/** The organization's own rules before the usual ones, whose prefixes they may replace or disable; longer prefixes first. */
export function labelRules(own: readonly OwnLabelRule[], currencyPlaces: number): readonly LabelRule[] {
  const longestFirst = own.toSorted((a, b) => b.prefix.length - a.prefix.length);
  return [...longestFirst.map(toLabelRule), ...usualLabelRules(currencyPlaces)];
}

function toLabelRule(own: OwnLabelRule): LabelRule {
  const { prefix, active, measured, itemFrom, itemTo, valueFrom, valueTo, places } = own;
  const layout = { item: [itemFrom, itemTo], value: [valueFrom, valueTo], places } as const;
  return { prefixes: [prefix], measured: active ? measured : undefined, ...layout };
}

/** The value of a label, besides the item. */
export interface LabelValue {
  readonly kind: Measured;
  /** Kilograms (or the item's own unit), or an amount of money. */
  readonly value: Decimal;
  /** Decimal places that the label prints; the value itself has no trailing zeros. */
  readonly places: number;
}

/** The measure of a code, before the unit of the item is known (apply-measure.rules.ts). */
export interface CodeMeasure extends LabelValue {
  /** All measures of GS1 elements; kind and value are the first of them. */
  readonly content?: ElementContent;
  /** The price on the label does not fit its check digit. */
  readonly wrongCheckDigit?: boolean;
  /** The item has this whole code, whose value is zero. */
  readonly registered?: boolean;
}

/** One reading of a scanned text: a code to look up, and its measure. */
export interface BarcodeCandidate {
  /** Canonical, for comparing with stored codes. */
  readonly code: string;
  /** Undefined if the code only names the item. */
  readonly measured?: CodeMeasure;
}

/** Whether a scan may have a measure, for which the label rules and the currency are needed. */
export function mayMeasure({ code, elements }: Scan): boolean {
  return labelDigits(code) !== undefined || elements !== undefined;
}

/**
 * All readings of a scanned barcode, best first. The text itself always comes first: an item with exactly this code is meant, whatever
 * else the text could be. Then come the other forms of a UPC-E or UPC-A, the number without an add-on, and the item of a label. If
 * two items match, the first reading wins.
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

/** A GTIN with the measures of the other elements; kind and value are those of the first measure, otherwise of the price. */
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
 * Eight digits may be an EAN-8 and a UPC-E at once, and scanners do not always report the symbol; an item may be registered under
 * either form.
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
 * A number followed by the two or five digits of an add-on, from a scanner that does not report the symbol. Twelve digits and two are
 * read so only with a blank between them: otherwise they would be a GTIN-14 whose check digit was misread.
 */
function withoutAddOn(text: string): string[] {
  const [, ean13, upcA] =
    /^(?:(\d{13})[ -]?(?:\d{2}|\d{5})|(\d{12})(?:[ -]?\d{5}|[ -]\d{2}))$/.exec(text) ?? [];
  const number = ean13 ?? upcA;
  return number !== undefined && isGtin(number) ? [number.padStart(14, '0')] : [];
}

/** The 13 digits of a possible label of the shop: a code of restricted circulation. */
function labelDigits(code: string): string | undefined {
  return /^0(?:02|2\d)\d{11}$/.test(code) ? code.slice(1) : undefined;
}

/**
 * The item of a label may be registered in four ways, all of which occur: as a whole EAN-13 whose value is zero (with its check digit, or
 * with a zero instead), as the prefix and item digits, or as the item digits alone (the number on the scale's key).
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
 * The reason why a text with a mark of GS1 names no item, for callers that found no item for it; undefined for any other text, which may
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

/** A compressed Digital Link ends in letters and digits of base64url; any other address may be unrelated. */
function unreadableLink(address: string): string | undefined {
  const { pathname } = new URL(address);
  const named = /\/(?:01|gtin|00|8006|414)\//i.test(pathname);
  const compressed = /\/(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{10,}\/?$/.test(pathname);
  if (!named && !compressed) return undefined;
  return 'The address is not a readable GS1 Digital Link: it needs the path /01/ with a valid GTIN. Compressed links are not supported; scan another barcode of the goods.';
}
