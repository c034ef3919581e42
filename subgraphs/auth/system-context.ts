import type { ActingPerson } from '#kernel/auth/actor';
import { createContext, type OperationFacts, type RequestContext } from '#kernel/context';

/**
 * The same request, carried on by the platform inside one organization. For what begins without a signed-in caller: a login, a
 * registration, a refresh. Nothing of it leaves the operation that made it.
 *
 * @param person who it is, or whose account it is about: whom the audit trail names.
 */
export function platformContext(
  ctx: RequestContext,
  organizationId: string,
  person?: ActingPerson,
): RequestContext {
  return createContext(
    ctx,
    { kind: 'system', organizationId, branchId: undefined, ...(person && { person }) },
    ctx.request,
  );
}

/** Whose account something is about. */
export interface AccountIdentity {
  readonly id: string;
  readonly organizationId: string;
  /** The name of the user's role. */
  readonly role: string;
}

/**
 * The same for somebody who has not proved who they are.
 * @param operation what failed, as the audit trail of the account's organization tells it.
 */
export function unverifiedContext(
  ctx: RequestContext,
  { id, organizationId, role }: AccountIdentity,
  operation?: OperationFacts,
): RequestContext {
  const inside = platformContext(ctx, organizationId, {
    kind: 'anonymous',
    userId: id,
    role,
    sessionId: null,
  });
  return operation ? createContext(ctx, inside.actor, { ...ctx.request, operation }) : inside;
}
