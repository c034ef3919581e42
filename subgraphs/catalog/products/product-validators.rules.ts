/** Checks of a caller's input about products. Each adds its errors by field, so that the caller sees all of them at once. */
import type { FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { type FieldErrors, invisibleCharacterErrors, textErrors } from '#kernel/validation';
import { cleanName, cleanText } from '#kernel/clean-text.rules';
import type { Decimal } from '#kernel/decimal';
import { QUANTITY_PLACES, UNIT_PRICE_PLACES } from '#kernel/money';
import { isBarcodeError, normalizeBarcode } from '../barcodes/normalize-barcode.rules';

const MAX_NAME = 250;
const MAX_SKU = 64;
const MAX_DESCRIPTION = 10_000;
const MAX_BARCODES = 50;
const MAX_OPTIONS = 20;
/** NUMERIC(19, 4) has 15 digits before the point; a price with that many is a typing error. */
const MAX_PRICE_DIGITS = 12;
/** Tons, or kilometres. */
const MAX_SIZE = 100_000;

/** A name without surrounding blanks; an error if empty or longer than 250 characters. */
export function checkedName(faults: FieldErrors, field: string, value: string, max = MAX_NAME): string {
  const name = cleanName(value);
  faults.take(textErrors(field, name, { min: 1, max, lines: false }));
  return name;
}

/** A name that people choose from a list, such as that of a tax class, without invisible characters. */
export function checkedLabel(faults: FieldErrors, field: string, value: string, max: number): string {
  const name = checkedName(faults, field, value, max);
  faults.take(invisibleCharacterErrors(field, name));
  return name;
}

/** A SKU: any text of 1 to 64 characters. */
export function checkedSku(faults: FieldErrors, field: string, value: string): string {
  return checkedName(faults, field, value, MAX_SKU);
}

/** A longer text; null if empty. */
export function checkedDescription(faults: FieldErrors, field: string, value: string | null): string | null {
  const text = value === null ? '' : cleanText(value);
  if (text.length > MAX_DESCRIPTION)
    faults.add(field, `Must have ${MAX_DESCRIPTION} characters at most.`, 'LENGTH');
  return text === '' ? null : text;
}

/** A unit price or cost: zero or more, with at most 4 decimal places. */
export function checkedPrice(faults: FieldErrors, field: string, value: Decimal): Decimal {
  if (value.isNegative() && !value.isZero()) faults.add(field, 'Must not be negative.', 'NEGATIVE');
  if (value.decimalPlaces() > UNIT_PRICE_PLACES)
    faults.add(field, 'Must have at most 4 decimal places.', 'PLACES');
  if (value.greaterThanOrEqualTo(10 ** MAX_PRICE_DIGITS))
    faults.add(field, 'Is too large for a price.', 'RANGE');
  return value;
}

/** An initial quantity: zero or more, with at most 3 decimal places. */
export function checkedQuantity(faults: FieldErrors, field: string, value: Decimal): Decimal {
  if (value.isNegative() && !value.isZero()) faults.add(field, 'Must not be negative.', 'NEGATIVE');
  if (value.decimalPlaces() > QUANTITY_PLACES)
    faults.add(field, 'Must have at most 3 decimal places.', 'PLACES');
  if (value.greaterThanOrEqualTo(1e9)) faults.add(field, 'Is too large for a quantity.', 'RANGE');
  return value;
}

/** A weight in kilograms or a dimension in centimetres: above zero, with at most 3 decimal places. */
export function checkedSize(faults: FieldErrors, field: string, value: Decimal): Decimal {
  if (!value.greaterThan(0)) faults.add(field, 'Must be above zero.', 'NOT_POSITIVE');
  if (value.decimalPlaces() > QUANTITY_PLACES)
    faults.add(field, 'Must have at most 3 decimal places.', 'PLACES');
  if (value.greaterThanOrEqualTo(MAX_SIZE)) faults.add(field, 'Is too large.', 'RANGE');
  return value;
}

/** Barcodes as stored: normalized, not empty, and each canonical form once. */
export function checkedBarcodes(faults: FieldErrors, field: string, values: readonly string[]): string[] {
  const found = new Map<string, string>();
  for (const value of values) {
    const barcode = normalizeBarcode(value);
    if (!isBarcodeError(barcode)) found.set(barcode.code, found.get(barcode.code) ?? barcode.text);
    else if (barcode.code !== 'EMPTY') faults.add(field, barcode.message, barcode.code);
  }
  if (found.size > MAX_BARCODES)
    faults.add(field, `A variant has ${MAX_BARCODES} barcodes at most.`, 'LENGTH');
  return [...found.values()];
}

/** The URL of an image. */
export function checkedImageUrl(faults: FieldErrors, field: string, value: string | null): string | null {
  const url = value?.trim() ?? '';
  if (url === '') return null;
  const good =
    url.length <= 2000 &&
    (url.startsWith('/') || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)));
  if (!good) faults.add(field, 'Must be an http or https address, or a path on this server.');
  return url;
}

/** A minimum customer age, in years; null for none. */
export function checkedMinimumAge(faults: FieldErrors, field: string, value: number | null): number | null {
  if (value === null || value === 0) return null;
  if (!Number.isInteger(value) || value < 1 || value > 99)
    faults.add(field, 'Must be 1 to 99 years.', 'RANGE');
  return value;
}

/** The options of a variant: an object of short texts. */
export function checkedOptions(faults: FieldErrors, field: string, value: unknown): Record<string, string> {
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

export const UNKNOWN_VENDOR = {
  field: 'vendorId',
  message: 'There is no such vendor.',
  code: 'NOT_FOUND',
} satisfies FieldError;

export const GIFT_CARD_VENDOR = {
  field: 'vendorId',
  message: 'A gift card has no vendor: its money belongs to the shop.',
  code: 'GIFT_CARD',
} satisfies FieldError;

/** The id of a vendor as the database spells it; null for an empty one, as forms send it. The database checks that the vendor exists. */
export function checkedVendorId(faults: FieldErrors, vendorId: string | null): string | null {
  const id = vendorId?.trim().toLowerCase() ?? '';
  if (id === '') return null;
  if (!isUuid(id)) faults.take([UNKNOWN_VENDOR]);
  return id;
}
