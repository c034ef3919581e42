/**
 * Barcodes as pure rules: the codes a variant has, and what can be read from a scanned text: under which codes to look, and what
 * weight and price codes carry. Sources: GS1 General Specifications, sections 2.1 (GTIN) and 3 (application identifiers).
 */
import { Decimal } from '../../kernel/decimal';
import { checkDigit, isGtin, upcAOf } from './gtin.rules';
import { parseElements } from './gs1-elements.rules';
import { canonicalBarcode } from './normalize-barcode.rules';

/** Whether a text may be a shop's own label, for which rules have to be known. */
export function mayBeLabel(text: string): boolean {
  return /^(02|2\d)\d{11}$/.test(text.trim());
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
  const elements = elementCandidates(text.trim());
  if (elements.length > 0) return elements;
  const code = text.trim();
  // Eight digits may be an EAN-8 and a UPC-E at once; scanners do not always say which symbol they saw.
  const long = isGtin(code) ? upcAOf(code) : undefined;
  const expanded = long === undefined ? [] : [{ code: canonicalBarcode(long) }];
  return [{ code: canonicalBarcode(code) }, ...expanded, ...labelCandidates(code, rules)];
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
