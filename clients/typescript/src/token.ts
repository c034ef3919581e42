/**
 * An access token or an API key, or a function that returns one, such as that of a session. The function is called before each request and
 * each connection.
 * @param rejected a token that the server does not accept any more, although it was valid when it was returned.
 * @returns undefined if there is none: the request is sent without.
 */
export type TokenSource = string | ((rejected?: string) => MaybePromise<string | undefined>);

type MaybePromise<Value> = Value | Promise<Value>;

/** Codes of errors after which a new token helps, if there is one. */
const REJECTED = new Set<unknown>(['UNAUTHENTICATED', 'TOKEN_EXPIRED', 'TOKEN_REVOKED']);

export function isTokenRejected(code: unknown): boolean {
  return REJECTED.has(code);
}

/** The token to send now. */
export async function currentToken(
  source: TokenSource | undefined,
  rejected?: string,
): Promise<string | undefined> {
  return typeof source === 'function' ? source(rejected) : source;
}

/** There is no token, or only one that the server does not accept any more. */
export class TokenRejectedError extends Error {
  override readonly name = 'TokenRejectedError';
}
