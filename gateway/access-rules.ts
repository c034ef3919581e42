/** The access rules of root fields in the supergraph. */
import type { GraphQLSchema } from 'graphql';
import { argumentsOf } from '#kernel/graph/directive-arguments';

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
      const directives = field.astNode?.directives;
      access.set(`${type!.name}.${field.name}`, {
        public: argumentsOf(directives, 'public').length > 0,
        scopes: (argumentsOf(directives, 'auth')[0]?.scopes as string[] | undefined) ?? [],
      });
    }
  }
  return access;
}
