import { type BannedWord } from './banned-words.rules';

export type PassageKind =
  'description' | 'comment' | 'message' | 'page' | 'export' | 'graph-name' | 'file-name';

/** A piece of a file that people read. */
export interface Passage {
  kind: PassageKind;
  text: string;
  /** The line on which the text begins, from 1. */
  line: number;
}

export interface Finding {
  line: number;
  /** The words in the file's own spelling, or the whole name. */
  found: string;
  write: string;
}

/** Between two words: blanks, and what a line of a comment begins with. */
const GAP = String.raw`(?:\s|\*|//+|--|#)+`;

const NAMES: ReadonlySet<PassageKind> = new Set(['export', 'graph-name', 'file-name']);

/** A name as its words: `PayoutOption` is "payout option". */
function wordsOfName(name: string): string {
  const apart = name
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
  return apart.replace(/[_.-]+/g, ' ').toLowerCase();
}

/** Blanks code spans and the targets of links, which are not English; positions stay. */
const withoutCode = (text: string) =>
  text.replace(/`[^`\n]*`|\]\([^)\n]*\)/g, (code) => ' '.repeat(code.length));

function appliesTo(word: string, kind: PassageKind): boolean {
  if (word.startsWith('^')) return kind === 'description' || kind === 'comment';
  return !/^\p{Lu}/u.test(word) || kind === 'export' || kind === 'file-name';
}

function matcher(word: string): RegExp {
  const words = word
    .replace('^', '')
    .split(' ')
    .join(GAP)
    .replaceAll(/(?<=\p{L})\*/gu, String.raw`[\p{L}\p{N}]*`);
  const before = word.startsWith('^') ? String.raw`(?<=^[\s*/#"-]*)` : String.raw`(?<![\p{L}\p{N}])`;
  return new RegExp(String.raw`${before}${words}(?![\p{L}\p{N}])`, 'giu');
}

/** @returns a function that finds the banned words of a passage; of words within a banned phrase only the phrase. */
export function wordFinder(banned: readonly BannedWord[]): (passage: Passage) => Finding[] {
  const rules = banned.map(({ word, write, but }) => ({
    word,
    write,
    find: matcher(word),
    but: but.map(matcher),
  }));
  return ({ kind, text, line }) => {
    const isName = NAMES.has(kind);
    const readable = isName ? wordsOfName(text) : withoutCode(text);
    const spansOf = (find: RegExp) =>
      [...readable.matchAll(find)].map(({ 0: found, index }) => ({ from: index, to: index + found.length }));
    const matches = rules
      .filter(({ word }) => appliesTo(word, kind))
      .flatMap(({ find, but, write }) => {
        const permitted = but.flatMap(spansOf);
        return spansOf(find).flatMap((span) =>
          permitted.some((one) => contains(one, span)) ? [] : [{ ...span, write }],
        );
      });
    return matches
      .filter((match) => !matches.some((other) => contains(other, match) && !contains(match, other)))
      .map(({ from, to, write }) => ({
        line: line + (isName ? 0 : readable.slice(0, from).split('\n').length - 1),
        found: isName ? text : readable.slice(from, to).replace(/[\s*/#-]+/g, ' '),
        write,
      }));
  };
}

interface Span {
  from: number;
  to: number;
}

const contains = (outer: Span, inner: Span) => outer.from <= inner.from && outer.to >= inner.to;
