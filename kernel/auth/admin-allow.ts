/**
 * ADMIN_IP_ALLOW: the addresses from which administration is allowed. The rule is part of the permissions, so
 * it applies to every protocol. Behind a proxy the address is the client's only if TRUSTED_PROXIES lists the
 * proxy.
 */
import { addressMatcher } from '../ip-addresses';
import type { RequestContext } from '../context';
import { PosProError } from '../errors';

/** The parts of a request that the access check reads. */
export type AccessDetails = Pick<RequestContext, 'actor' | 'request' | 'config'>;

const matchers = new WeakMap<readonly string[], (address: string) => boolean>();

/**
 * Checks the caller's address if an operation needs one of the permissions `admin:…`.
 * @param scopes of which the operation needs one.
 * @throws PosProError FORBIDDEN
 */
export function requireAdminAddress(ctx: AccessDetails, scopes: readonly string[]): void {
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
