/** Readers of the texts that people and programs write into cells of a spreadsheet. Pure. */
import { type Decimal, parseDecimal } from '../decimal';
import { importedText } from '../formula-guard.rules';
import { isCurrency } from '../iso-currencies';

/** Words for yes and no, as people and spreadsheets of several languages write them. */
const WORDS_FOR_YES =
  'true yes y t 1 active x on ✓ ✔ wahr ja j aktiv vrai oui verdadero sí si activo vero sì verdadeiro sim waar sand sant prawda tak doğru evet истина да 是 はい true()';
const WORDS_FOR_NO =
  'false no n f 0 inactive off ✗ ✘ falsch nein inaktiv faux non falso inactivo não onwaar nee falsk nej fałsz nie yanlış hayır ложь нет 否 いいえ false()';

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...WORDS_FOR_YES.split(' ').map((word): [string, boolean] => [word, true]),
  ...WORDS_FOR_NO.split(' ').map((word): [string, boolean] => [word, false]),
]);

/** The boolean of a cell; undefined for any other text. */
export function readFlag(text: string): boolean | undefined {
  return FLAGS.get(text.trim().toLowerCase());
}

/** Zero-width characters of texts copied from a web page; those that join letters in some scripts stay. */
const INVISIBLE = /[\u00ad\u200b\u2060-\u2064\u206a-\u206f\ufeff\u202a-\u202e\u2066-\u2069]/g;
/** A cell's text without invisible additions: blanks at its ends, zero-width characters, the guard of an export. */
export function plainText(cell: string): string {
  return importedText(cell.replace(INVISIBLE, '').trim());
}

/**
 * A code (SKU, barcode) of a cell: also without the apostrophe that keeps it a text in a spreadsheet, and
 * without joiners.
 */
export function plainCode(cell: string): string {
  const text = plainText(cell).replace(/\p{Cf}/gu, '');
  return /^['’]\s*[\p{L}\p{N}]/u.test(text) ? text.slice(1).trim() : text;
}

/**
 * A long number as a spreadsheet shows it: "4.00638E+12". "1E5" may be a code: a number has digits behind a
 * mark, or a plus.
 */
const SCIENTIFIC = /^(\d)(?:[.,](\d+))?E(\+?)(\d{1,3})$/i;

/** Whether a spreadsheet has turned a code into a number and lost its last digits. */
export function hasLostDigits(code: string): boolean {
  const match = SCIENTIFIC.exec(code);
  if (!match) return false;
  const [, , places = '', plus, exponent] = match;
  return (plus !== '' || places !== '') && places.length < Number(exponent);
}

/** The error of a cell that cannot be stored, beyond the rules for any text; undefined for a valid cell. */
export function damageOf(cell: string): { message: string; code: string } | undefined {
  if (!cell.includes('\ufffd')) return undefined;
  return {
    message: 'Has bytes that are invalid in the charset of the file. Check the named charset.',
    code: 'CHARSET',
  };
}

/** The evidence of a number for its decimal mark. */
export type MarkEvidence = 'point' | 'comma' | 'ambiguous';

/** The evidence of the marks in a number; undefined for a number without marks, and for other texts. */
export function markEvidence(cell: string): MarkEvidence | undefined {
  const digits = bareNumber(cell)?.digits;
  if (digits === undefined) return undefined;
  const marks = digits.replace(/\d/g, '');
  if (marks === '') return undefined;
  const last = marks.at(-1) === ',' ? 'comma' : 'point';
  const other = last === 'comma' ? 'point' : 'comma';
  const [before, after] = splitAtLast(digits);
  // "1.500" can be one and a half, or fifteen hundred; "0.500" and "1500.000" cannot be grouped.
  if (after.length === 3 && /^[1-9]\d{0,2}$/.test(before)) return 'ambiguous';
  // Of two equal marks, neither is the decimal mark.
  const mark = marks.at(-2) === marks.at(-1) ? other : last;
  return readAmount(cell, mark === 'comma') === undefined ? undefined : mark;
}

function splitAtLast(digits: string): [string, string] {
  const at = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  return [digits.slice(0, at), digits.slice(at + 1)];
}

/**
 * A number as people write it: "2.55", "1,234.50", "1'234.50", "£2.55", "12.50 EUR", "(12.50)" and "12.50-" for
 * negative numbers;
 * with a decimal comma "2,55", "1.234,50", and "1.500" for fifteen hundred.
 * @param decimalComma the decimal mark of the column.
 */
export function readAmount(text: string, decimalComma: boolean): Decimal | undefined {
  const bare = bareNumber(text);
  if (!bare) return undefined;
  const { digits, sign } = bare;
  const swap = decimalComma && (digits.includes(',') || isGrouped(swapped(digits)));
  const point = swap ? swapped(digits) : digits;
  return parseDecimal(sign + (isGrouped(point) ? point.replaceAll(',', '') : point));
}

/** Groups of three, or as in India of two above the last three. */
function isGrouped(digits: string): boolean {
  return /^\d{1,3}(,\d{3})+(\.\d*)?$/.test(digits) || /^\d{1,2}(,\d{2})+,\d{3}(\.\d*)?$/.test(digits);
}

/** "1.234,50" → "1,234.50". */
function swapped(digits: string): string {
  return digits.replace(/[.,]/g, (sign) => (sign === ',' ? '.' : ','));
}

/** Most numbers have nothing to remove. */
const BARE_DIGITS = /^\d+(?:[.,]\d+)?$/;

/** A number's sign, and its digits with the marks `.` and `,` between; undefined for other texts. */
function bareNumber(text: string): { sign: '' | '-'; digits: string } | undefined {
  if (BARE_DIGITS.test(text)) return { sign: '', digits: text };
  const wide = text.normalize('NFKC').replace(/[−–—]/g, '-').trim();
  // "12.-" and "12,--" are whole amounts in Switzerland and its neighbours.
  const written = withoutCurrency(wide.replace(/(\d)[.,]-{1,2}(?=[^\d-]*$)/, '$1'));
  // One sign in one place: brackets, before, or after as in accounting files.
  const negative = /^\((.*)\)$|^-\s*(.*)$|^(.*\S)\s*-$/
    .exec(written)
    ?.slice(1)
    .find((part) => part !== undefined);
  let rest = withoutCurrency(negative ?? written.replace(/^\+\s*/, ''));
  // Blanks and apostrophes are valid only between groups of three digits.
  const grouped = /^\d{1,3}([\s'’`]\d{3})+(?=[.,]|$)/.exec(rest)?.[0];
  if (grouped !== undefined) rest = grouped.replace(/\D/g, '') + rest.slice(grouped.length);
  return /^[\d.,]*\d[\d.,]*$/.test(rest)
    ? { sign: negative === undefined ? '' : '-', digits: rest }
    : undefined;
}

/** Without a currency sign or code on either side. */
function withoutCurrency(text: string): string {
  const bare = text.replace(/^([A-Z]{1,3})?\p{Sc}\s*|\s*\p{Sc}$/gu, '');
  return bare
    .replace(/^[A-Z]{3}(?![A-Z])|(?<![A-Z])[A-Z]{3}$/, (code) => (isCurrency(code) ? '' : code))
    .trim();
}
