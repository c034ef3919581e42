/** The lengths of the introspection lists of a schema, so that introspection has a cost like other operations. */
import {
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  type GraphQLNamedType,
  type GraphQLSchema,
} from 'graphql';
import { hasFields } from './list-sizes';

/** The lists of `__Type`, with their lengths for a type. */
function listsOf(schema: GraphQLSchema): Readonly<Record<string, (type: GraphQLNamedType) => number>> {
  return {
    fields: (type) => (hasFields(type) ? Object.keys(type.getFields()).length : 0),
    inputFields: (type) => (isInputObjectType(type) ? Object.keys(type.getFields()).length : 0),
    enumValues: (type) => (isEnumType(type) ? type.getValues().length : 0),
    interfaces: (type) => (hasFields(type) ? type.getInterfaces().length : 0),
    possibleTypes: (type) => (isAbstractType(type) ? schema.getPossibleTypes(type).length : 0),
  };
}

/**
 * The sizes by field, such as `__Type.fields`. Lists of a type have the average length: of all types, for
 * `__schema`, or of the types of fields, whichever is more. A type requested by name may be the largest one, so
 * `__type` is multiplied by its ratio to the average.
 */
export function introspectionSizes(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const fields = types.filter(hasFields).flatMap((type) => Object.values(type.getFields()));
  const directives = schema.getDirectives();
  const sizes = new Map<string, number>([
    ['__Schema.types', types.length],
    ['__Schema.directives', directives.length],
    ['__Directive.args', mean(directives.map(({ args }) => args.length))],
    ['__Field.args', mean(fields.map(({ args }) => args.length))],
  ]);
  let largest = 1;
  for (const [name, count] of Object.entries(listsOf(schema))) {
    const referred = fields.map(({ type }) => count(getNamedType(type)));
    const size = Math.max(mean(types.map(count)), mean(referred));
    sizes.set(`__Type.${name}`, size);
    if (size > 0) largest = Math.max(largest, Math.max(...types.map(count)) / size);
  }
  sizes.set(`${schema.getQueryType()?.name}.__type`, largest);
  return sizes;
}

function mean(numbers: readonly number[]): number {
  return numbers.length === 0 ? 0 : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
