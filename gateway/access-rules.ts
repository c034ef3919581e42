/** The access rules of root fields in the supergraph. */
import { valueFromASTUntyped, type GraphQLSchema } from 'graphql';

/** The access rule of one root field. */
export interface Access {
  readonly public: boolean;
  /** One of these is enough; empty permits any signed-in caller. */
  readonly scopes: readonly string[];
}

/** Reads the `@auth` and `@public` of every root field. @returns by `Type.field`, such as "Query.products". */
export function readAccess(supergraph: GraphQLSchema): ReadonlyMap<string, Access> {
  const access = new Map<string, Access>();
  for (const type of [
    supergraph.getQueryType(),
    supergraph.getMutationType(),
    supergraph.getSubscriptionType(),
  ]) {
    for (const field of Object.values(type?.getFields() ?? {})) {
      const directives = field.astNode?.directives ?? [];
      const auth = directives.find(({ name }) => name.value === 'auth');
      const scopes = auth?.arguments?.find(({ name }) => name.value === 'scopes');
      access.set(`${type!.name}.${field.name}`, {
        public: directives.some(({ name }) => name.value === 'public'),
        scopes: scopes ? (valueFromASTUntyped(scopes.value) as string[]) : [],
      });
    }
  }
  return access;
}
