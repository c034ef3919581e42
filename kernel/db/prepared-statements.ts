import { createHash } from 'node:crypto';

/** How many statements a connection keeps prepared at most. */
const MAX_PREPARED = 1_000;
/** How many texts seen once are remembered. */
const MAX_CANDIDATES = 2_000;

const names = new Map<string, string>();
const seenOnce = new Set<string>();

/**
 * The name under which a statement is prepared once per connection, so that PostgreSQL parses and plans it once. A text gets its
 * name when it is seen for the second time, so that texts made for one occasion do not fill the list; once the list is full, new
 * texts stay without a name, because a prepared statement is never given back.
 */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_PREPARED) return known;
  if (!seenOnce.delete(text)) {
    if (seenOnce.size >= MAX_CANDIDATES) seenOnce.clear();
    seenOnce.add(text);
    return undefined;
  }
  const name = `p${names.size}_${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
  names.set(text, name);
  return name;
}
