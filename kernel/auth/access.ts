import type { RequestContext } from '../context';
import { PosProError } from '../errors';
import { permits, storefrontOf, type AnonymousActor } from './actor';
import { requireAdminAddress, type AccessDetails } from './admin-allow';

/** The organization the request works in. @throws PosProError UNAUTHENTICATED for an anonymous caller. */
export function organizationOf(ctx: Pick<RequestContext, 'actor'>): string {
  if (ctx.actor.kind === 'anonymous') throw accessError(ctx.actor);
  return ctx.actor.organizationId;
}

/**
 * The signed-in user's id; undefined for the platform itself, and for a visitor of a web shop: the user who made its key has nothing to
 * do with what visitors do. @throws PosProError UNAUTHENTICATED for an anonymous caller.
 */
export function userOf(ctx: Pick<RequestContext, 'actor'>): string | undefined {
  if (ctx.actor.kind === 'anonymous') throw accessError(ctx.actor);
  return ctx.actor.kind === 'system' || storefrontOf(ctx.actor) ? undefined : ctx.actor.userId;
}

/**
 * Checks that the caller may call an operation at all. Every API layer uses this rule: the graph before it resolves a field, REST
 * before it reads a body.
 * @param scopes of which the operation needs one; empty permits any signed-in caller, but no visitor of a web shop: a publishable key
 * is in the page that everyone sees, so it opens only operations that name its permission.
 * @throws PosProError 401, or 403 FORBIDDEN, which names the missing permission.
 */
export function requireAccess(ctx: AccessDetails, scopes: readonly string[]): void {
  const { actor } = ctx;
  if (actor.kind === 'anonymous') throw accessError(actor);
  requireAdminAddress(ctx, scopes);
  if (actor.kind === 'system' || scopes.some((scope) => actor.scopes.has(scope))) return;
  if (storefrontOf(actor)) {
    throw new PosProError(
      'FORBIDDEN',
      'A publishable key opens only the public catalogue, carts and their checkout.',
    );
  }
  if (scopes.length === 0) return;
  const list = scopes.map((scope) => `"${scope}"`).join(' or ');
  throw new PosProError(
    'FORBIDDEN',
    `This needs the permission ${list}, which the role "${actor.role}" does not have.`,
    {
      details: { scopes },
    },
  );
}

/** Whether the caller has one of the scopes, and sends from a permitted address. For data that only some callers see. */
export function mayAccess(ctx: AccessDetails, scopes: readonly string[]): boolean {
  try {
    requireAccess(ctx, scopes);
    return true;
  } catch (error) {
    if (error instanceof PosProError) return false;
    throw error;
  }
}

/** Checks a scope inside an operation, if `@auth` on the field cannot express it (a price override within a checkout). */
export function requireScope(ctx: AccessDetails, scope: string, what: string): void {
  if (ctx.actor.kind === 'anonymous') throw accessError(ctx.actor);
  requireAdminAddress(ctx, [scope]);
  if (permits(ctx.actor, scope)) return;
  throw new PosProError('FORBIDDEN', `${what} needs the permission "${scope}".`, { details: { scope } });
}

/** The error for an anonymous caller of an operation that requires a sign-in: the error of their token, or its absence. */
export function accessError(actor: AnonymousActor): PosProError {
  return actor.refusal ?? unauthenticated();
}

function unauthenticated(): PosProError {
  return new PosProError(
    'UNAUTHENTICATED',
    'Sign in with POST /auth/login and send the access token as "Authorization: Bearer …".',
  );
}
