import { createHash } from 'node:crypto';

/** Maximum number of prepared statements of a connection. */
const MAX_PREPARED = 1_000;
/** Maximum number of remembered texts that were seen once. */
const MAX_CANDIDATES = 2_000;

const names = new Map<string, string>();
const seenOnce = new Set<string>();

/**
 * The name under which a statement is prepared once per connection, so that PostgreSQL parses and plans it
 * once. A text gets its name when it is seen for the second time, so that one-off texts do not fill the list;
 * once the list is full, new texts stay unnamed, because a prepared statement is never released.
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
