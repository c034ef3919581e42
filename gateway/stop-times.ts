/** Time limits of a stop, for those who wait for it. */
import type { Config } from '#kernel/config';

/** Time limit for a client's answer to the close frame of its socket. */
export const CLOSE_GRACE_MS = 2_000;

/** The longest time until a process has closed its web server, in milliseconds; its background work ends after that. */
export function longestCloseMs({
  shutdownDrainMs,
  shutdownGraceMs,
}: Pick<Config, 'shutdownDrainMs' | 'shutdownGraceMs'>): number {
  return shutdownDrainMs + CLOSE_GRACE_MS + shutdownGraceMs;
}
