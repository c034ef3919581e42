/** Canonical JSON: equal values give equal text, in whatever order their members were written. Pure. */

export interface CanonicalOptions {
  /** Omits members that are null, too. */
  readonly withoutNull?: boolean;
}

/**
 * JSON without blanks, members sorted by the code units of their names and without those that are undefined. Hashes of it are stored
 * (idempotency keys, client references), and devices sign it (offline sales), so the text of a value must never change.
 *
 * @example
 * canonicalJson({ b: 1, a: null }) // '{"a":null,"b":1}'
 */
export function canonicalJson(value: unknown, { withoutNull = false }: CanonicalOptions = {}): string {
  const sorted = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(sorted);
    if (typeof part !== 'object' || part === null || writesItself(part)) return part;
    const members = Object.entries(part).filter(
      ([, member]) => member !== undefined && !(withoutNull && member === null),
    );
    return Object.fromEntries(
      members.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, member]) => [name, sorted(member)]),
    );
  };
  return JSON.stringify(sorted(value));
}

/** Whether a value says itself what its JSON is, as a date and a decimal do. */
function writesItself(value: object): boolean {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}
