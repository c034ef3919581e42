import type { PosProError } from '#kernel/errors';

/** The close codes of sockets: those from 4400 on are of the graphql-transport-ws protocol if it has one. */
export const CLOSE = {
  /** The server is stopping; connect again, to another one. */
  goingAway: 1001,
  /** Too many sockets of one user, or too many requests. Clients of graphql-ws reconnect after this one. */
  tryAgainLater: 1013,
  /** An invalid message. */
  badMessage: 4400,
  /** A missing, invalid or expired token, or a missing permission. Get a new token before connecting again. */
  forbidden: 4403,
  /** The client reads too slowly, or does not answer pings. Connect again with the last cursor. */
  tooSlow: 4408,
  /**
   * Too many sockets, for sockets without graphql-ws, whose clients treat this code as "too many initialisation
   * requests" and stop.
   */
  tooMany: 4429,
  /** An internal error. */
  failed: 4500,
} as const;

/** The close code of an error. */
export function closeCodeOf({ code, status }: PosProError): number {
  if (status >= 500) return CLOSE.failed;
  if (code === 'RATE_LIMITED') return CLOSE.tooMany;
  return status === 401 || status === 403 ? CLOSE.forbidden : CLOSE.badMessage;
}

/** A close frame has at most 123 bytes. */
export function closeReason(text: string): string {
  let reason = text;
  while (Buffer.byteLength(reason) > 123) reason = reason.slice(0, -1);
  return reason;
}
