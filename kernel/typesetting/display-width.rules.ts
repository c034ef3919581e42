/** The width of a text on a printer or in a terminal, in columns (Unicode Standard Annex #11), and line breaks. Pure. */
import { eastAsianWidth } from 'get-east-asian-width';

/** Segments by graphemes, which is a segmenter's default. */
const segmenter = new Intl.Segmenter('en');
/** Characters without a width: marks above or below a letter, invisible characters, and the later parts of a Hangul syllable. */
const NO_WIDTH = /[\p{M}\p{Cf}\p{Cc}\u1160-\u11ff]/u;
/** Joined emoji, flags, keycaps, and characters in their emoji presentation. */
const PICTURE = /\p{Extended_Pictographic}.*[\u200d\ufe0f]|\p{Regional_Indicator}{2}|\u20e3/u;

/** The characters of a text as people count them. */
export function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/**
 * The columns that a text takes: two for wide characters (Chinese, Japanese, Korean, emoji), none for marks, one for the rest.
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

/** Breaks a text at blanks into lines of at most so many columns; a word that is longer than a line is broken inside. */
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

/** Pieces of a word, each at most so many columns wide. */
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
