/** The result of one check. */
export interface Finding {
  /** A word: "database". */
  readonly subject: string;
  /** The state, if it is in order. */
  readonly state?: string;
  /** The problem; undefined if there is none. */
  readonly problem?: string;
  /** The advice of a sentence. */
  readonly remedy?: string;
}

/** The message of an error; an address with several IPs fails once for each. */
export function messageOf(error: unknown): string {
  const one: unknown = error instanceof AggregateError ? (error.errors as unknown[])[0] : error;
  return one instanceof Error ? one.message : String(one);
}
