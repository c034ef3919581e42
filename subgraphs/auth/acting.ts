import { createContext, type RequestContext, type Services } from '../../kernel/context';

/**
 * The same request, carried on by the platform inside one organization. For what begins without a signed-in caller: a login, a
 * registration, a refresh. Nothing of it leaves the operation that made it.
 */
export function actingFor(ctx: RequestContext, organizationId: string): RequestContext {
  return createContext(ctx, { kind: 'system', organizationId, branchId: undefined }, ctx.request);
}

/** Who does the platform's own work inside one organization, on nobody's request. */
export function platformContext(services: Services, organizationId: string): RequestContext {
  const actor = { kind: 'system', organizationId, branchId: undefined } as const;
  return createContext(services, actor, { requestId: services.ids.next(), address: 'platform' });
}
