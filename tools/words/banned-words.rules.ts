/** The banned words and phrases, as the tables of docs/GLOSSARY.md and docs/STYLE.md list them. */

export interface BannedWord {
  /** As the page has it: `vouch*`, `^What`, `Wish`. */
  word: string;
  /** The replacement that the page names. */
  write: string;
  /** Phrases that contain the word and are permitted. */
  but: string[];
}

const codeSpans = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, word]) => word!);

/** @returns the cells of each table row by the lower-case titles of their columns. */
function tableRows(markdown: string): Record<string, string>[] {
  const rows: Record<string, string>[] = [];
  let titles: string[] = [];
  for (const line of markdown.split('\n')) {
    if (!line.startsWith('|')) {
      titles = [];
      continue;
    }
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (titles.length === 0) titles = cells.map((title) => title.toLowerCase());
    else if (!/^:?-+:?$/.test(cells[0]!))
      rows.push(Object.fromEntries(titles.map((title, index) => [title, cells[index] ?? ''])));
  }
  return rows;
}

/**
 * Reads the tables with a column "not". The replacement is the column "write", or else "term".
 * @throws Error for a page that bans nothing, since then its tables have changed shape.
 */
export function readBannedWords(markdown: string): BannedWord[] {
  const banned = tableRows(markdown).flatMap(({ not = '', write, term, but = '' }) =>
    codeSpans(not).map((word) => ({ word, write: write ?? term ?? '', but: codeSpans(but) })),
  );
  if (banned.length === 0) throw new Error('The page has no table with a column "not".');
  return banned;
}
