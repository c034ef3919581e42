/**
 * Scalars of the graph that stand for an input type (`@standsFor`). REST reads and documents them as that input; what cannot be
 * read goes on as an `Unreadable`, for the operation answers for it by itself.
 */
import {
  isInputObjectType,
  isScalarType,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  type GraphQLType,
} from 'graphql';
import type { SupergraphFacts } from './supergraph';

/**
 * Remembers, on each such scalar of a schema, its input type.
 * @throws Error at start-up where the schema has no such types.
 */
export function markStandIns(schema: GraphQLSchema, { standIns }: SupergraphFacts): void {
  for (const [name, input] of standIns) {
    const scalar = schema.getType(name);
    const standsFor = schema.getType(input);
    if (!isScalarType(scalar) || !isInputObjectType(standsFor)) {
      throw new Error(`@standsFor of ${name}: there is no input type "${input}".`);
    }
    scalar.extensions = { ...scalar.extensions, standsFor };
  }
}

/** The input type for which a scalar stands; undefined for any other type. */
export function standsFor(type: GraphQLType): GraphQLInputObjectType | undefined {
  return isScalarType(type) ? (type.extensions.standsFor as GraphQLInputObjectType | undefined) : undefined;
}
