/**
 * The form in which texts are compared and searched: names, SKUs, e-mail addresses, search terms. Keys are
 * computed here and stored, so that no database locale decides equality. Pure.
 */
import { cleanName } from './clean-text.rules';
import { asciiDigits } from './digits.rules';

/** Letters that have no decomposition into a plain letter and a mark, each followed by what people type for it. */
const PLAIN_LETTERS = new Map(
  Object.entries({
    a: 'ⱥɐᶏ', ae: 'æ', b: 'ƀɓƃ', c: 'ƈȼꞓ', d: 'đɖɗƌðȡ', e: 'ɇǝəɛ', f: 'ƒ', g: 'ǥɠɡɣ', h: 'ħⱨɦ', hv: 'ƕ', i: 'ıɨɩ', j: 'ɉȷ',
    k: 'ƙĸⱪ', l: 'łƚɫⱡɬɭȴ', ll: 'ỻ', m: 'ɱ', n: 'ŋɲƞɳȵ', o: 'øɵɔ', oe: 'œɶ', oi: 'ƣ', p: 'ƥᵽꝑ', q: 'ʠɋ', r: 'ɍɽɾ', s: 'ʂȿẜẝ', ss: 'ß', t: 'ŧƭʈⱦƫȶ',
    th: 'þ', u: 'ʉʊ', v: 'ʋỽ', w: 'ⱳ', y: 'ɏƴỿ', z: 'ƶʐȥⱬɀ',
    // Greek: the sigma at the end of a word.
    'σ': 'ς',
    // Cyrillic: the Ukrainian ge.
    'г': 'ґ',
    // Arabic and Persian: alef, yeh, kaf, heh and teh marbuta are typed in whichever form the keyboard has.
    'ا': 'ٱ', 'ي': 'ىیے', 'ك': 'ک', 'ه': 'ةہھە',
    // Hebrew: the forms at the end of a word.
    'כ': 'ך', 'מ': 'ם', 'נ': 'ן', 'פ': 'ף', 'צ': 'ץ',
    // Signs that keyboards and word processors exchange for one another.
    "'": '´ʼ’‘ʻʹ′ʾʿ׳', '"': '“”„«»″״', '-': '‐‑‒–—―−', '/': '⁄',
  }).flatMap(([plain, letters]) => [...letters].map((letter) => [letter, plain])),
); // prettier-ignore
const NOT_PLAIN = new RegExp(`[${[...PLAIN_LETTERS.keys()].join('')}]`, 'gu');

/**
 * Marks that are spelling, not letters: accents, Arabic and Hebrew vowel points, and the dot under Indic
 * letters (nukta). The vowel
 * signs of Indic and South-East Asian scripts are letters and stay, as do the two marks that distinguish kana
 * (U+3099, U+309A).
 */
const MARKS =
  /(?![\u3099\u309a])(?=[\p{Script=Inherited}\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hebrew}\p{Script=Syriac}])\p{M}|[\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc]/gu;
/**
 * Invisible characters: joiners, soft hyphens, direction marks, and the Arabic tatweel, which only stretches a
 * word.
 */
const INVISIBLE = /[\p{Cf}\u0640]/gu;
const KATAKANA = /[\u30a1-\u30f6\u30fd\u30fe]/g;
const KATAKANA_TO_HIRAGANA = 0x60;
const NOT_ASCII = /[^\0-\x7f]/;

/**
 * A text for comparison: without case, accents and differences of width; ligatures and letters with strokes as
 * plain letters;
 * digits of every script as ASCII; katakana as hiragana; single blanks, none at the ends.
 *
 * @example
 * foldText(' SIĞIR '); // 'sigir', as foldText('sığır')
 * foldText('Straße Ｎｏ．１２'); // 'strasse no.12'
 */
export function foldText(text: string): string {
  return (NOT_ASCII.test(text) ? foldLetters(text) : text.toLowerCase()).replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** The form in which names are compared that must be unique, and codes and SKUs. */
export function nameKey(name: string): string {
  const clean = cleanName(name);
  // A name made only of signs that folding removes is compared unchanged.
  return foldText(clean) || clean.toLowerCase();
}

function foldLetters(text: string): string {
  return (
    asciiDigits(text)
      .replace(/[´\u1ffd]/g, "'")
      .normalize('NFKD')
      .replace(MARKS, '')
      .replace(INVISIBLE, '')
      // Through capitals, because several small letters may have one capital.
      .toUpperCase()
      .toLowerCase()
      .replace(MARKS, '')
      .replace(NOT_PLAIN, (letter) => PLAIN_LETTERS.get(letter)!)
      .normalize('NFC')
      .replace(KATAKANA, (kana) => String.fromCharCode(kana.charCodeAt(0) - KATAKANA_TO_HIRAGANA))
  );
}

/** Maximum number of words of a search; more would only make it slower. */
const MAX_SEARCH_WORDS = 8;

/**
 * The words of a search term: folded, split at blanks and punctuation, so that none of them has a character
 * with a meaning in LIKE. A word with an apostrophe stays one.
 *
 * @example
 * searchWords("Kellogg's Corn-Flakes"); // ['kelloggs', 'corn', 'flakes']
 */
export function searchWords(text: string): string[] {
  return split(foldText(text).replaceAll("'", '')).slice(0, MAX_SEARCH_WORDS);
}

/**
 * The text that is searched: the words of all parts, each part's once, a blank before each. Words joined by a
 * hyphen or an apostrophe are repeated at the end as one word, since people write them either way.
 *
 * @example
 * searchText(['Coca-Cola', 'CC-1']); // ' coca cola cc 1 cocacola cc1'
 */
export function searchText(parts: readonly (string | null | undefined)[]): string {
  const folded = [...new Set(parts.filter((part) => part != null).map(foldText))];
  const tied = folded
    .flatMap((part) => part.split(' '))
    .filter((word) => /['-]/.test(word))
    .map((word) => split(word.replace(/['-]/g, ''))[0]);
  const words = [...folded.map((part) => split(part).join(' ')), ...new Set(tied)].filter(Boolean);
  return words.map((word) => ` ${word}`).join('');
}

function split(folded: string): string[] {
  return folded.split(/[\p{P}\s]+/u).filter((word) => word !== '');
}

/**
 * Scripts without blanks between words, syllabic scripts, and pictographs: each character means as much as a
 * word.
 */
const DENSE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}\p{Script=Yi}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}\p{So}]/u;
const RADIX = 36;

/**
 * A folded text in ASCII letters and digits, for trigram indexes: PostgreSQL takes trigrams of those alone
 * where the database's
 * locale is C, and of one or two signs it takes none. A letter becomes one letter (the alphabets' letters stay
 * distinct, since 36 neighbours do), a character of a dense script three, so that a single one can be looked
 * up. Texts that contain each other do so in this form, too; the reverse must be checked in the folded text.
 */
export function gramText(folded: string): string {
  if (!NOT_ASCII.test(folded)) return folded;
  return [...folded].map(asciiGrams).join('');
}

function asciiGrams(sign: string): string {
  const code = sign.codePointAt(0)!;
  if (code < 0x80) return sign;
  if (!DENSE.test(sign)) return (code % RADIX).toString(RADIX);
  return (code % RADIX ** 3).toString(RADIX).padStart(3, '0');
}

/** The two columns of a row that is searched: the folded text, and the same for the trigram index. */
export function searchColumns(parts: readonly (string | null | undefined)[]): {
  searchText: string;
  searchGrams: string;
} {
  const text = searchText(parts);
  return { searchText: text, searchGrams: gramText(text) };
}

/** The parameters of a search; prisma/sql/catalog.sql uses them. */
export interface SearchTerm {
  /** The words as the beginning of a search text: " earl grey". */
  beginning: string;
  /** LIKE patterns for the start of words, in trigram form, the most selective first. */
  startGrams: string[];
  /** The same for the folded text. */
  starts: string[];
  /** LIKE patterns for words anywhere; too short ones only at the start of a word. Empty if all are too short. */
  insideGrams: string[];
  inside: string[];
  /** The text for similar names; null for codes, since a similar code is a different one. */
  similarGrams: string | null;
}

/** A trigram index cannot find fewer characters inside a word. */
const MIN_INSIDE = 3;

/** The parts of a search; undefined for a text without words. */
export function searchTerm(text: string): SearchTerm | undefined {
  const typed = searchWords(text);
  if (typed.length === 0) return undefined;
  const words = typed
    .map((word) => ({ word, grams: gramText(word) }))
    .sort((a, b) => b.grams.length - a.grams.length);
  const anywhere = (grams: string) => (grams.length < MIN_INSIDE ? '% ' : '%');
  const telling = words[0]!.grams.length >= MIN_INSIDE;
  return {
    beginning: ` ${typed.join(' ')}`,
    startGrams: words.map(({ grams }) => `% ${grams}%`),
    starts: words.map(({ word }) => `% ${word}%`),
    insideGrams: telling ? words.map(({ grams }) => `${anywhere(grams)}${grams}%`) : [],
    inside: telling ? words.map(({ word, grams }) => `${anywhere(grams)}${word}%`) : [],
    similarGrams: /\p{L}/u.test(typed.join('')) ? gramText(typed.join(' ')) : null,
  };
}
