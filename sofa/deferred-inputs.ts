/**
 * Scalars whose values are inputs of an input type (`@standsFor`). REST reads and documents them as that input;
 * an invalid value is passed on as an `Unreadable`, because the operation answers each value separately.
 */
import {
  isInputObjectType,
  isScalarType,
  type GraphQLInputObjectType,
  type GraphQLSchema,
  type GraphQLType,
} from 'graphql';
import type { SupergraphInfo } from './supergraph';

/**
 * Records the input type on each such scalar of a schema.
 * @throws Error at start-up for an unknown input type.
 */
export function markStandIns(schema: GraphQLSchema, { standIns }: SupergraphInfo): void {
  for (const [name, input] of standIns) {
    const scalar = schema.getType(name);
    const standsFor = schema.getType(input);
    if (!isScalarType(scalar) || !isInputObjectType(standsFor)) {
      throw new Error(`@standsFor of ${name}: there is no input type "${input}".`);
    }
    scalar.extensions = { ...scalar.extensions, standsFor };
  }
}

/** The input type of such a scalar; undefined for any other type. */
export function standsFor(type: GraphQLType): GraphQLInputObjectType | undefined {
  return isScalarType(type) ? (type.extensions.standsFor as GraphQLInputObjectType | undefined) : undefined;
}
