import { getDirective } from '@graphql-tools/utils';
import {
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { RequestContext } from '../context';

type Field = GraphQLField<unknown, RequestContext>;

/** Finds the entity of an id, or says which one it is, for the domain that has it. */
type Find = (id: string, ctx: RequestContext, info: unknown) => unknown;

/**
 * Resolves relations by their ids: a field without a resolver whose type is an entity, beside a field with its id, as `customer` beside
 * `customerId` and `branches` beside `branchIds`. An entity of another domain is answered as a reference, which that domain resolves; an
 * entity of this one by its own `__resolveReference`. Null if the id is null.
 */
export function addRelationResolvers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields()) as Field[]) {
      const entity = getNamedType(field.type);
      if (field.resolve || !isObjectType(entity) || !isEntity(schema, entity)) continue;
      const idField = relationIds(field)
        .map((name) => type.getFields()[name] as Field | undefined)
        .find((one) => one !== undefined);
      if (idField) field.resolve = relationResolver(idField, finderOf(entity));
    }
  }
}

function isEntity(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return getDirective(schema, type, 'key') !== undefined;
}

function isList({ type }: Field): boolean {
  return isListType(getNullableType(type));
}

/** The names of the field with the ids: `customerId`, or `branchIds` and `categoryIds` of a list. */
function relationIds(field: Field): string[] {
  if (!isList(field)) return [`${field.name}Id`];
  return [field.name.replace(/ies$/, 'y'), field.name.replace(/s$/, ''), field.name.replace(/es$/, '')].map(
    (name) => `${name}Ids`,
  );
}

/** The shape that @apollo/subgraph gives to an entity with `__resolveReference`. */
interface EntityExtensions {
  apollo?: {
    subgraph?: { resolveReference?: (reference: object, ctx: RequestContext, info: unknown) => unknown };
  };
}

function finderOf(entity: GraphQLObjectType): Find {
  const { apollo } = entity.extensions as EntityExtensions;
  const resolveReference = apollo?.subgraph?.resolveReference;
  return (id, ctx, info) => {
    const reference = { __typename: entity.name, id };
    return resolveReference ? resolveReference(reference, ctx, info) : reference;
  };
}

/** Reads the id as its own field does, which may have a resolver. Synchronous unless that resolver is not: lists have many rows. */
function relationResolver(
  { name, resolve }: Field,
  find: Find,
): GraphQLFieldResolver<unknown, RequestContext> {
  return (row, _, ctx, info) => {
    const ids: unknown = resolve ? resolve(row, {}, ctx, info) : (row as Record<string, unknown>)[name];
    const related = (value: unknown) => {
      if (value == null) return null;
      return Array.isArray(value)
        ? value.map((id: string) => find(id, ctx, info))
        : find(value as string, ctx, info);
    };
    return ids instanceof Promise ? ids.then(related) : related(ids);
  };
}
