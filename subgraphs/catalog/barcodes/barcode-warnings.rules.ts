/** What is odd about a barcode that is stored all the same: it looks like an EAN, a UPC or a GTIN, and its check digit is another. Pure. */
import { checkDigit, isGtin, upcAOf } from './gtin.rules';

/** A barcode that is kept as plain text, though it looks like more. */
export interface BarcodeWarning {
  /** As it was typed in. */
  readonly barcode: string;
  readonly code: 'CHECK_DIGIT';
  /** The digit that belongs at the end of the others. */
  readonly expectedCheckDigit: string;
  readonly message: string;
}

/**
 * The item of a shop's own weight or price labels, registered as such a label is built: prefix 02 or 20 to 29, the value and the
 * check digit left at zero, of whatever length the value is. It is never scanned as it stands.
 */
const LABEL_PATTERN = /^0?(02|2\d)\d{9}00$/;

/**
 * What is odd about a barcode; undefined where nothing is. Shops have codes of their own, of any length, so this refuses nothing.
 * Numbers of restricted circulation (prefixes 02, 04, 20 to 29, and those of 8 digits) have a check digit like any other, which
 * scanners verify (General Specifications, sections 2.1.11, 2.1.13 and 7.9), so they are no exception; only the pattern of a label is.
 */
export function barcodeWarning(text: string): BarcodeWarning | undefined {
  const barcode = text.trim();
  const digits =
    /^\d+(?:[ -]\d+)+$/.test(barcode) && !/^[\d-]{9}$/.test(barcode) ? barcode.replace(/[ -]/g, '') : barcode;
  if (!/^(\d{8}|\d{12,14})$/.test(digits) || isGtin(digits) || upcAOf(digits) !== undefined) return undefined;
  if (LABEL_PATTERN.test(digits.padStart(13, '0'))) return undefined;
  const expectedCheckDigit = checkDigit(digits.slice(0, -1));
  const message = `As an EAN, UPC or GTIN, "${barcode}" would have to end in ${expectedCheckDigit}. It is kept as a code of your own, found only as it stands.`;
  return { barcode, code: 'CHECK_DIGIT', expectedCheckDigit, message };
}

/** What is odd about some barcodes, in their order. */
export function barcodeWarnings(texts: readonly string[]): BarcodeWarning[] {
  return texts.flatMap((text) => barcodeWarning(text) ?? []);
}
