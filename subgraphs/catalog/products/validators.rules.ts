/** Pure rules about what callers send of products. Each puts its fault down by field, so that all can be mended in one go. */
import { Faults, invisibleFaults, textFaults } from '#kernel/validation';
import { cleanName, cleanText } from '#kernel/clean-text.rules';
import type { Decimal } from '#kernel/decimal';
import { QUANTITY_PLACES, UNIT_PRICE_PLACES } from '#kernel/money';
import { nameKey } from '../normalize.rules';
import { isRefused, normalizeBarcode } from '../barcodes/normalize-barcode.rules';

export { Faults };

const MAX_NAME = 250;
const MAX_SKU = 64;
const MAX_DESCRIPTION = 10_000;
const MAX_BARCODES = 50;
const MAX_OPTIONS = 20;
/** NUMERIC(19, 4) holds 15 digits before the point; a price that long is a slip of the finger. */
const MAX_PRICE_DIGITS = 12;

/** A name without surrounding blanks; faulty where empty or longer than 250 characters. */
export function checkedName(faults: Faults, field: string, value: string, max = MAX_NAME): string {
  const name = cleanName(value);
  faults.take(textFaults(field, name, { min: 1, max, lines: false }));
  return name;
}

/** The name of something that people choose from a list, such as a tax class: nothing in it is invisible. */
export function checkedLabel(faults: Faults, field: string, value: string, max: number): string {
  const name = checkedName(faults, field, value, max);
  faults.take(invisibleFaults(field, name));
  return name;
}

/** A SKU: any text of 1 to 64 characters. */
export function checkedSku(faults: Faults, field: string, value: string): string {
  return checkedName(faults, field, value, MAX_SKU);
}

/** A longer text; an empty one counts as none. */
export function checkedDescription(faults: Faults, field: string, value: string | null): string | null {
  const text = value === null ? '' : cleanText(value);
  if (text.length > MAX_DESCRIPTION)
    faults.add(field, `Must have ${MAX_DESCRIPTION} characters at most.`, 'LENGTH');
  return text === '' ? null : text;
}

/** A unit price or cost: zero or more, 4 places at most. */
export function checkedPrice(faults: Faults, field: string, value: Decimal): Decimal {
  if (value.isNegative() && !value.isZero()) faults.add(field, 'Must not be negative.', 'NEGATIVE');
  if (value.decimalPlaces() > UNIT_PRICE_PLACES)
    faults.add(field, 'Must have 4 digits behind the point at most.', 'PLACES');
  if (value.greaterThanOrEqualTo(10 ** MAX_PRICE_DIGITS))
    faults.add(field, 'Is too large for a price.', 'RANGE');
  return value;
}

/** A quantity that something starts with: zero or more, 3 places at most. */
export function checkedQuantity(faults: Faults, field: string, value: Decimal): Decimal {
  if (value.isNegative() && !value.isZero()) faults.add(field, 'Must not be negative.', 'NEGATIVE');
  if (value.decimalPlaces() > QUANTITY_PLACES)
    faults.add(field, 'Must have 3 digits behind the point at most.', 'PLACES');
  if (value.greaterThanOrEqualTo(1e9)) faults.add(field, 'Is too large for a quantity.', 'RANGE');
  return value;
}

/** Barcodes as they are stored: normalized, none empty, none twice in its canonical form. */
export function checkedBarcodes(faults: Faults, field: string, values: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const value of values) {
    const barcode = normalizeBarcode(value);
    if (!isRefused(barcode)) found.set(barcode.code, found.get(barcode.code) ?? barcode.text);
    else if (barcode.code !== 'EMPTY') faults.add(field, barcode.refusal, barcode.code);
  }
  if (found.size > MAX_BARCODES)
    faults.add(field, `A variant has ${MAX_BARCODES} barcodes at most.`, 'LENGTH');
  return [...found.values()];
}

/** The address of an image. */
export function checkedImageUrl(faults: Faults, field: string, value: string | null): string | null {
  const url = value?.trim() ?? '';
  if (url === '') return null;
  const good =
    url.length <= 2000 &&
    (url.startsWith('/') || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)));
  if (!good) faults.add(field, 'Must be an http or https address, or a path on this server.');
  return url;
}

/** The age from which something may be bought; null for everybody. */
export function checkedMinimumAge(faults: Faults, field: string, value: number | null): number | null {
  if (value === null || value === 0) return null;
  if (!Number.isInteger(value) || value < 1 || value > 99)
    faults.add(field, 'Must be 1 to 99 years.', 'RANGE');
  return value;
}

/** What sets a variant apart: an object of short texts. */
export function checkedOptions(faults: Faults, field: string, value: unknown): Record<string, string> {
  if (value == null) return {};
  const entries = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : undefined;
  const good = entries?.every(
    ([key, text]) => typeof text === 'string' && key.length <= 50 && text.length <= 100,
  );
  if (!entries || !good || entries.length > MAX_OPTIONS) {
    faults.add(field, `Must be an object of up to ${MAX_OPTIONS} short texts, such as {"color": "red"}.`);
    return {};
  }
  return Object.fromEntries(entries.map(([key, text]) => [cleanName(key), cleanName(String(text))]));
}

/** The units that everybody has; what is sold by any other unit is not divided. */
export const USUAL_UNITS: readonly { code: string; name: string; quantityPlaces: number }[] = [
  { code: 'piece', name: 'Piece', quantityPlaces: 0 },
  { code: 'kg', name: 'Kilogram', quantityPlaces: 3 },
  { code: 'g', name: 'Gram', quantityPlaces: 0 },
  { code: 't', name: 'Tonne', quantityPlaces: 3 },
  { code: 'lb', name: 'Pound', quantityPlaces: 3 },
  { code: 'oz', name: 'Ounce', quantityPlaces: 3 },
  { code: 'l', name: 'Litre', quantityPlaces: 3 },
  { code: 'ml', name: 'Millilitre', quantityPlaces: 0 },
  { code: 'm', name: 'Metre', quantityPlaces: 3 },
  { code: 'cm', name: 'Centimetre', quantityPlaces: 0 },
  { code: 'm2', name: 'Square metre', quantityPlaces: 3 },
  { code: 'm3', name: 'Cubic metre', quantityPlaces: 3 },
  { code: 'h', name: 'Hour', quantityPlaces: 3 },
];
const PLACES_BY_UNIT = new Map(USUAL_UNITS.map((unit) => [unit.code, unit.quantityPlaces]));

export const DEFAULT_UNIT = 'piece';

/**
 * The unit and its places. Where no unit is named nothing is known about the goods, so that no quantity is ruled out.
 * @param places as the caller gave them; they win over what the unit suggests.
 * @param own the precision of the organization's own units, by key.
 */
export function checkedUnit(
  faults: Faults,
  field: string,
  unit: string | null | undefined,
  places: number | null | undefined,
  own: ReadonlyMap<string, number> = new Map(),
): { unit: string; quantityPlaces: number } {
  const name = unit == null ? undefined : checkedName(faults, field, unit, 20);
  if (places != null && (!Number.isInteger(places) || places < 0 || places > QUANTITY_PLACES)) {
    faults.add('quantityPlaces', 'Must be 0 to 3.', 'RANGE');
  }
  const usual =
    name === undefined ? QUANTITY_PLACES : (own.get(nameKey(name)) ?? PLACES_BY_UNIT.get(nameKey(name)) ?? 0);
  return { unit: name ?? DEFAULT_UNIT, quantityPlaces: places ?? usual };
}
