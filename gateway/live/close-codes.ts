import type { PosProError } from '#kernel/errors';

/** Why a socket is closed: codes of 4400 and above are those of the graphql-transport-ws protocol where it has one. */
export const CLOSE = {
  /** The server stops; connect again, to another one. */
  goingAway: 1001,
  /** More sockets than one user may have, or too many requests. Clients of graphql-ws connect again after this one. */
  tryAgainLater: 1013,
  /** What came is no message of the protocol. */
  badMessage: 4400,
  /** No token, one that is no good (any more), or no permission. Get a new token before connecting again. */
  forbidden: 4403,
  /** The client reads more slowly than there is to tell, or does not answer pings. Connect again with the last cursor. */
  tooSlow: 4408,
  /** The same on sockets that are not of graphql-ws, which takes it for "too many initialisation requests" and gives up. */
  tooMany: 4429,
  /** A fault of ours. */
  failed: 4500,
} as const;

/** The code with which an error ends a socket. */
export function closeCodeOf({ code, status }: PosProError): number {
  if (status >= 500) return CLOSE.failed;
  if (code === 'RATE_LIMITED') return CLOSE.tooMany;
  return status === 401 || status === 403 ? CLOSE.forbidden : CLOSE.badMessage;
}

/** A close frame has room for 123 bytes. */
export function closeReason(text: string): string {
  let reason = text;
  while (Buffer.byteLength(reason) > 123) reason = reason.slice(0, -1);
  return reason;
}
