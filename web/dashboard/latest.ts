/** The newest of many: a list that stays short however long the screen runs. */

interface Dated {
  readonly id: string;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Adds rows to those that are there: each id once, its last version, the newest first, at most `size`. Pure. */
export function withNewest<Row extends Dated>(
  rows: readonly Row[],
  added: readonly Row[],
  size: number,
): readonly Row[] {
  const byId = new Map([...rows, ...added].map((row) => [row.id, row]));
  return [...byId.values()].sort((a, b) => Date.parse(b.createdAt) - Date.parse(a.createdAt)).slice(0, size);
}
