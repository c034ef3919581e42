import type { ActingPerson } from '#kernel/auth/actor';
import { createContext, type OperationMeta, type RequestContext } from '#kernel/context';

/**
 * A context in which the platform continues the request inside one organization. For operations without a signed-in caller: a
 * login, a registration, a refresh. The context must not leave the operation that created it.
 *
 * @param person the user for the audit trail: the caller, or the owner of the account.
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

/** The account that an operation concerns. */
export interface AccountIdentity {
  readonly id: string;
  readonly organizationId: string;
  /** The name of the user's role. */
  readonly role: string;
}

/**
 * A context of the platform for a caller who has not proved their identity.
 * @param operation the failed operation, for the audit trail of the account's organization.
 */
export function unverifiedContext(
  ctx: RequestContext,
  { id, organizationId, role }: AccountIdentity,
  operation?: OperationMeta,
): RequestContext {
  const platformCtx = platformContext(ctx, organizationId, {
    kind: 'anonymous',
    userId: id,
    role,
    sessionId: null,
  });
  return operation ? createContext(ctx, platformCtx.actor, { ...ctx.request, operation }) : platformCtx;
}
