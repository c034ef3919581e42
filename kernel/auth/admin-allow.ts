/**
 * ADMIN_IP_ALLOW: from where administrators may administer. The rule stands with the permissions, so it holds whatever protocol
 * brought the request. The address is the client's own only where TRUSTED_PROXIES says whose word to take for it.
 */
import { addressMatcher } from '../ip-addresses';
import type { RequestContext } from '../context';
import { PosProError } from '../errors';

/** What the question of access looks at. */
export type AccessFacts = Pick<RequestContext, 'actor' | 'request' | 'config'>;

const matchers = new WeakMap<readonly string[], (address: string) => boolean>();

/**
 * Asks whether the caller stands where an administrator may be, where an operation needs one of the permissions `admin:…`.
 * @param scopes those of which the operation needs one.
 * @throws PosProError FORBIDDEN
 */
export function requireAdminAddress(ctx: AccessFacts, scopes: readonly string[]): void {
  if (ctx.actor.kind === 'system' || !scopes.some((scope) => scope.startsWith('admin:'))) return;
  const { adminIpAllow } = ctx.config;
  if (adminIpAllow.length === 0) return;
  let matches = matchers.get(adminIpAllow);
  if (!matches) {
    matches = addressMatcher(adminIpAllow);
    matchers.set(adminIpAllow, matches);
  }
  if (matches(ctx.request.address)) return;
  throw new PosProError(
    'FORBIDDEN',
    `Administration is not allowed from the address ${ctx.request.address}.`,
  );
}
