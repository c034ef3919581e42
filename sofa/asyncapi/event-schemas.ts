/** The payloads of subscriptions as JSON Schema, in the graph's names. */
import {
  getNamedType,
  isEnumType,
  isObjectType,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';
import { snake } from '../casing';
import { asNamed, enumSchema, schemaOf } from '../openapi/schemas';
import type { SupergraphInfo } from '../supergraph';
import type { MessageSchema } from './types';

/**
 * The schemas of types and of all types below them, by their names. A client selects the fields, so none is required. An entity, such
 * as a product, leads to the whole graph: its schema names the type, and schema.graphql has its fields.
 * @param roots names of object types.
 */
export function eventSchemas(
  roots: readonly string[],
  schema: GraphQLSchema,
  supergraph: SupergraphInfo,
): Record<string, MessageSchema> {
  const schemas = new Map<string, MessageSchema>();
  const add = (type: GraphQLNamedType): void => {
    if (schemas.has(type.name)) return;
    if (isEnumType(type)) schemas.set(type.name, enumSchema(type));
    if (!isObjectType(type)) return;
    const fields = supergraph.isEntity(type.name) ? [] : Object.values(type.getFields());
    schemas.set(type.name, fields.length > 0 ? objectSchema(type, fields, supergraph) : entitySchema(type));
    for (const field of fields) add(getNamedType(field.type));
  };
  for (const root of roots) add(schema.getType(root)!);
  return Object.fromEntries([...schemas].sort(([one], [other]) => (one < other ? -1 : 1)));
}

function entitySchema({ name, description }: GraphQLObjectType): MessageSchema {
  const type = `An object of the type \`${name}\` in schema.graphql, with the fields that the client selects.`;
  return { type: 'object', description: [description, type].filter(Boolean).join('\n\n') };
}

function objectSchema(
  { name, description }: GraphQLObjectType,
  fields: readonly GraphQLField<unknown, unknown>[],
  { guards }: SupergraphInfo,
): MessageSchema {
  const properties = fields.map((field) => {
    const scopes = guards.fields.get(`${name}.${field.name}`);
    const property: MessageSchema = {
      ...referred(asNamed(snake(field.name), schemaOf(field.type, 'out'), name)),
      ...(field.description ? { description: field.description } : {}),
      ...(scopes ? { 'x-required-scopes': scopes.map((anyOf) => ({ anyOf })) } : {}),
    };
    return [field.name, property] as const;
  });
  return {
    type: 'object',
    ...(description ? { description } : {}),
    properties: Object.fromEntries(properties),
  };
}

/** In the JSON Schema of AsyncAPI (draft 7) a reference has no other words beside it. */
function referred(schema: MessageSchema): MessageSchema {
  return schema.$ref === undefined ? schema : { allOf: [{ $ref: schema.$ref }] };
}
