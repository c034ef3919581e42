/** How wide a text is on a printer or in a terminal, in columns (Unicode Standard Annex #11), and how it is broken into lines. Pure. */
import { eastAsianWidth } from 'get-east-asian-width';

/** By graphemes, as a segmenter does unless told otherwise. */
const segmenter = new Intl.Segmenter('en');
/** Marks stand above or below a letter, and what is invisible takes no room; nor do the later parts of a Hangul syllable. */
const NO_WIDTH = /[\p{M}\p{Cf}\p{Cc}\u1160-\u11ff]/u;
/** Joined pictures, flags, keycaps, and signs that are asked to be pictures. */
const PICTURE = /\p{Extended_Pictographic}.*[\u200d\ufe0f]|\p{Regional_Indicator}{2}|\u20e3/u;

/** The signs of a text as people count them. */
export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/**
 * The columns that a text takes: two for wide signs (Chinese, Japanese, Korean, pictures), none for marks, one for the rest.
 * @example
 * displayWidth('牛乳 1L'); // 7
 */
export function displayWidth(text: string): number {
  let width = 0;
  for (const grapheme of graphemes(text)) width += graphemeWidth(grapheme);
  return width;
}

function graphemeWidth(grapheme: string): number {
  if (PICTURE.test(grapheme)) return 2;
  let width = 0;
  for (const sign of grapheme) if (!NO_WIDTH.test(sign)) width += eastAsianWidth(sign.codePointAt(0)!);
  return width;
}

/** Breaks a text at blanks into lines of so many columns; a word that is longer than a line is broken inside. */
export function wrap(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(/\s/).filter(Boolean)) {
    const [first, ...rest] = pieces(word, columns);
    const line = lines.pop();
    const joined = line ? `${line} ${first}` : first!;
    lines.push(...(line && displayWidth(joined) > columns ? [line, first!] : [joined]), ...rest);
  }
  return lines;
}

/** A word in pieces of so many columns. */
function* pieces(word: string, columns: number): Generator<string> {
  let piece = '';
  let width = 0;
  for (const grapheme of graphemes(word)) {
    const graphemeColumns = graphemeWidth(grapheme);
    if (piece && width + graphemeColumns > columns) {
      yield piece;
      [piece, width] = ['', 0];
    }
    piece += grapheme;
    width += graphemeColumns;
  }
  yield piece;
}
