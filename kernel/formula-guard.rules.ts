/** Texts that a spreadsheet would run as a formula when it opens a CSV file. The guard is written by exports and taken off by imports. Pure. */

/** A spreadsheet runs a cell that begins like this, also in the wide forms of East Asian input. */
const FORMULA_START = /^'*[=+\-@\t\r＝＋－＠]/;
/** A number or a telephone number with a sign: without letters and operators, nothing in it can be calculated. */
const PLAIN_NUMBER = /^[+-][\d(][\d\s.,()]*$/;

/** Puts an apostrophe before a text that a spreadsheet would take for a formula. A number with a sign, as +49 30 1234, is none. */
export function guardFormula(text: string): string {
  return FORMULA_START.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
}

/** Takes off the apostrophe that `guardFormula` has put there. */
export function stripFormulaGuard(text: string): string {
  return text.startsWith("'") && FORMULA_START.test(text) ? text.slice(1) : text;
}

/** `="0360"`: how a file keeps a spreadsheet from reading a code as a number. */
const QUOTED_FORMULA = /^="((?:[^"]|"")*)"$/;

/** What an import takes a cell's text for: without the guard of an export, and without the formula that keeps a code a text. */
export function importedText(text: string): string {
  const quoted = QUOTED_FORMULA.exec(text)?.[1];
  return quoted === undefined ? stripFormulaGuard(text) : quoted.replaceAll('""', '"').trim();
}

/**
 * The guard of a file whose text cells are never run as formulas: an apostrophe goes only before a text that an import would take
 * for something else, as `'=1+1` without its own apostrophe.
 */
export function guardImportedText(text: string): string {
  return importedText(text) === text ? text : `'${text}`;
}
