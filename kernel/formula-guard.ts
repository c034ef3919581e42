/** Texts that a spreadsheet would run as a formula when it opens a CSV file. The guard is written by exports and taken off by imports. Pure. */

/** A spreadsheet runs a cell that begins like this, also in the wide forms of East Asian input. */
const FORMULA_START = /^'*[=+\-@\t\r＝＋－＠]/;
/** A number or a telephone number: without letters and operators, nothing in it can be calculated. */
const PLAIN_NUMBER = /^[+-]?[\d(][\d\s.,()]*$/;

/** Puts an apostrophe before a text that a spreadsheet would take for a formula. A number with a sign, as +49 30 1234, is none. */
export function guardFormula(text: string): string {
  return FORMULA_START.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
}

/** Takes off the apostrophe that `guardFormula` has put there. */
export function stripFormulaGuard(text: string): string {
  return text.startsWith("'") && FORMULA_START.test(text) ? text.slice(1) : text;
}
