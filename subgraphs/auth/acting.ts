import { createContext, type RequestContext } from '../../kernel/context';

/**
 * The same request, carried on by the platform inside one organization. For what begins without a signed-in caller: a login, a
 * registration, a refresh. Nothing of it leaves the operation that made it.
 */
export function actingFor(ctx: RequestContext, organizationId: string): RequestContext {
  return createContext(ctx, { kind: 'system', organizationId, branchId: undefined }, ctx.request);
}
