/**
 * Texts that a spreadsheet would run as a formula when it opens a CSV file. Exports write the guard, imports
 * remove it. Pure.
 */

/** The first characters of cells that a spreadsheet runs, also in the wide forms of East Asian input. */
const FORMULA_START = /^'*[=+\-@\t\r＝＋－＠]/;
/** A number or a telephone number with a sign: without letters and operators, nothing in it can be calculated. */
const PLAIN_NUMBER = /^[+-][\d(][\d\s.,()]*$/;

/**
 * Writes an apostrophe before a text that a spreadsheet would read as a formula. A number with a sign, such as
 * +49 30 1234, is not one.
 */
export function guardFormula(text: string): string {
  return FORMULA_START.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
}

/** Removes the apostrophe that `guardFormula` has written. */
export function stripFormulaGuard(text: string): string {
  return text.startsWith("'") && FORMULA_START.test(text) ? text.slice(1) : text;
}

/** `="0360"`: how a file keeps a spreadsheet from reading a code as a number. */
const QUOTED_FORMULA = /^="((?:[^"]|"")*)"$/;

/**
 * A cell's text as an import reads it: without the guard of an export, and without the formula that keeps a
 * code a text.
 */
export function importedText(text: string): string {
  const quoted = QUOTED_FORMULA.exec(text)?.[1];
  return quoted === undefined ? stripFormulaGuard(text) : quoted.replaceAll('""', '"').trim();
}

/**
 * The guard for a file whose text cells are never run as formulas: it writes an apostrophe only before a text
 * that an import would misread, such as `'=1+1` without its own apostrophe.
 */
export function guardImportedText(text: string): string {
  return importedText(text) === text ? text : `'${text}`;
}
