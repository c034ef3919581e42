/** The operator at the terminal, as the audit trail sees them: the platform, with the name of the command in place of an address. */
import { createContext, type RequestContext, type Services } from '#kernel/context';

/**
 * The context of an operation that a command runs.
 * @param operation its name in the graph, and its input.
 */
export function operatorContext(
  services: Services,
  organizationId: string,
  operation: { name: string; input: Readonly<Record<string, unknown>> },
): RequestContext {
  return createContext(
    services,
    { kind: 'system', organizationId, branchId: undefined },
    {
      requestId: services.ids.next(),
      address: 'pospro',
      operation: { name: operation.name, input: { input: operation.input } },
    },
  );
}
