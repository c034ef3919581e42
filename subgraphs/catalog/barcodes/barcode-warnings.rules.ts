/** Warnings for barcodes that look like an EAN, UPC or GTIN but have a wrong check digit. They are stored anyway, as plain text. */
import { checkDigit, isGtin, upcAOf } from './gtin.rules';

/** A warning for a barcode that is stored as plain text although it looks like a GTIN. */
export interface BarcodeWarning {
  /** As entered. */
  readonly barcode: string;
  readonly code: 'CHECK_DIGIT';
  /** The digit that it should end with. */
  readonly expectedCheckDigit: string;
  readonly message: string;
}

/**
 * The item of a shop's own weight or price labels, registered in the layout of a label: prefix 02 or 20 to 29, with zeros for the value
 * (of any length) and the check digit. This code itself is never scanned.
 */
const LABEL_PATTERN = /^0?(02|2\d)\d{9}00$/;

/**
 * The warning for a barcode; undefined for an inconspicuous one. Shops have codes of their own, of any length, so nothing is rejected.
 * Numbers of restricted circulation (prefixes 02, 04, 20 to 29, and those of 8 digits) have a check digit like any other, which
 * scanners verify (General Specifications, sections 2.1.11, 2.1.13 and 7.9), so they get warnings too. The only exception is the
 * pattern of a label.
 */
export function barcodeWarning(text: string): BarcodeWarning | undefined {
  const barcode = text.trim();
  const digits =
    /^\d+(?:[ -]\d+)+$/.test(barcode) && !/^[\d-]{9}$/.test(barcode) ? barcode.replace(/[ -]/g, '') : barcode;
  if (!/^(\d{8}|\d{12,14})$/.test(digits) || isGtin(digits) || upcAOf(digits) !== undefined) return undefined;
  if (LABEL_PATTERN.test(digits.padStart(13, '0'))) return undefined;
  const expectedCheckDigit = checkDigit(digits.slice(0, -1));
  const message = `As an EAN, UPC or GTIN, "${barcode}" would have to end in ${expectedCheckDigit}. It is stored as a code of your own and found only in this spelling.`;
  return { barcode, code: 'CHECK_DIGIT', expectedCheckDigit, message };
}

/** The warnings for some barcodes, in their order. */
export function barcodeWarnings(texts: readonly string[]): BarcodeWarning[] {
  return texts.flatMap((text) => barcodeWarning(text) ?? []);
}
