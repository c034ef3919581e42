/** The parts of the XLSX format (ECMA-376) that its writer and its reader share. Pure. */

export const XLSX_TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** Limits of Excel itself; it calls a file above them damaged. */
export const MAX_SHEET_ROWS = 1_048_576;
/** In UTF-16 units. */
export const MAX_CELL_CHARACTERS = 32_767;

/** Characters that XML 1.0 forbids, and the carriage return, which an XML parser reads as a line feed. */
const FORBIDDEN = '[\\0-\\x08\\x0b-\\x1f\\ufffe\\uffff]|\\p{Surrogate}';
/**
 * An underscore is escaped where it would be read as the beginning of an escape; the next escape may end what
 * it begins.
 */
const TO_ESCAPE = new RegExp(`${FORBIDDEN}|_(?=x[0-9A-Fa-f]{4}(?:_|${FORBIDDEN}))`, 'gu');
const ESCAPE = /_x([0-9A-Fa-f]{4})_/g;

const MARKUP: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** A text in the XML of a workbook: forbidden characters become `_xHHHH_` (part 1, section 22.9.2.19). */
export function escapeXlsxText(text: string): string {
  return text.replace(TO_ESCAPE, escapeOf).replace(/[&<>]/g, (sign) => MARKUP[sign]!);
}

function escapeOf(character: string): string {
  return `_x${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}_`;
}

/** The text of a workbook's XML, after an XML parser has read it. */
export function unescapeXlsxText(text: string): string {
  return text.includes('_x')
    ? text.replace(ESCAPE, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    : text;
}
