/**
 * A router other than PosPro's gateway, such as Hive Gateway or Apollo Router. It cannot sign an envelope, so it identifies itself by
 * ROUTER_TOKEN in a header, and passes on the headers of its caller.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Config } from '#kernel/config';

/** The header of ROUTER_TOKEN. */
export const ROUTER_HEADER = 'pospro-router';

/** Whether a request has the token of the router. Without ROUTER_TOKEN no request has it. */
export function isRouter({ routerToken }: Pick<Config, 'routerToken'>, header: unknown): boolean {
  if (routerToken === undefined || typeof header !== 'string') return false;
  return timingSafeEqual(digest(header), digest(routerToken));
}

/** Digests have one length, which the comparison needs. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
