import { getDirective } from '@graphql-tools/utils';
import {
  getNamedType,
  getNullableType,
  isListType,
  isObjectType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import type { RequestContext } from '../context';

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
    for (const field of Object.values(type.getFields())) {
      const entity = getNamedType(field.type);
      if (field.resolve || !isObjectType(entity) || !isEntity(schema, entity)) continue;
      const find = finderOf(entity);
      const idName = relationIds(field).find((name) => name in type.getFields());
      if (idName) field.resolve = isList(field) ? resolveMany(idName, find) : resolveOne(idName, find);
    }
  }
}

function isEntity(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return getDirective(schema, type, 'key') !== undefined;
}

function isList({ type }: GraphQLField<unknown, RequestContext>): boolean {
  return isListType(getNullableType(type));
}

/** The names of the field with the ids: `customerId`, or `branchIds` and `categoryIds` of a list. */
function relationIds(field: GraphQLField<unknown, RequestContext>): string[] {
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

type Row = Readonly<Record<string, unknown>>;

function resolveOne(idName: string, find: Find) {
  return (row: unknown, _: unknown, ctx: RequestContext, info: unknown) => {
    const id = (row as Row)[idName] as string | null | undefined;
    return id == null ? null : find(id, ctx, info);
  };
}

function resolveMany(idName: string, find: Find) {
  return (row: unknown, _: unknown, ctx: RequestContext, info: unknown) => {
    const ids = (row as Row)[idName] as readonly string[] | null | undefined;
    return ids?.map((id) => find(id, ctx, info)) ?? null;
  };
}
