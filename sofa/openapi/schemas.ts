/**
 * Types as JSON Schema. SOFA makes the components; this file adds what its 3.0 format cannot express (null,
 * enums by name, decimals).
 */
import {
  GraphQLInputObjectType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLEnumType,
  type GraphQLInputField,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql';
import type { AnyScope } from '#kernel/graph/guards';
import type { SofaDocument } from '../sofa-handlers';
import { standsFor } from '../deferred-inputs';
import { refTo, type Schema } from './types';

const DECIMAL_PATTERN = '^[+-]?(\\d+(\\.\\d*)?|\\.\\d+)$';

const SCALARS: Readonly<Record<string, Schema>> = {
  ID: { type: 'string', format: 'uuid' },
  String: { type: 'string' },
  Int: { type: 'integer', format: 'int32' },
  Float: { type: 'number', format: 'double' },
  Boolean: { type: 'boolean' },
  Money: { type: 'string', format: 'decimal', pattern: DECIMAL_PATTERN },
  Decimal: { type: 'string', format: 'decimal', pattern: DECIMAL_PATTERN },
  DateTime: { type: 'string', format: 'date-time' },
  Date: { type: 'string', format: 'date' },
  JSON: {},
};

/** An exact number may be sent as a number, too. */
const INPUT_SCALARS: Readonly<Record<string, Schema>> = {
  ...SCALARS,
  Money: { type: ['string', 'number'], format: 'decimal', pattern: DECIMAL_PATTERN },
  Decimal: { type: ['string', 'number'], format: 'decimal', pattern: DECIMAL_PATTERN },
};

export type Direction = 'in' | 'out';

/** The schema of a type, including null if the type allows it. */
export function schemaOf(type: GraphQLInputType | GraphQLOutputType, direction: Direction): Schema {
  if (isNonNullType(type)) return presentSchema(type.ofType as GraphQLOutputType, direction);
  const present = presentSchema(type, direction);
  return standsFor(type) ? present : orNull(present);
}

/** The schema of a type's values other than null. */
export function presentSchema(type: GraphQLInputType | GraphQLOutputType, direction: Direction): Schema {
  if (isNonNullType(type)) return presentSchema(type.ofType as GraphQLOutputType, direction);
  if (isListType(type))
    return { type: 'array', items: schemaOf(type.ofType as GraphQLOutputType, direction) };
  const input = standsFor(type);
  if (input) return refTo('schemas', input.name);
  if (isLeafType(type) && !isEnumType(type))
    return { ...((direction === 'in' ? INPUT_SCALARS : SCALARS)[type.name] ?? {}) };
  return refTo('schemas', type.name);
}

function orNull(schema: Schema): Schema {
  if (schema.$ref) return { anyOf: [schema, { type: 'null' }] };
  if (schema.type === undefined) return schema;
  return { ...schema, type: [schema.type, 'null'].flat() };
}

/** Completes SOFA's components, in the order of their names. Root types are not components. */
export function completeSchemas(document: SofaDocument, schema: GraphQLSchema): Record<string, Schema> {
  const completed: Record<string, Schema> = {};
  for (const name of Object.keys(document.components.schemas).sort()) {
    const type = schema.getType(name);
    if (isEnumType(type)) completed[name] = enumSchema(type);
    else if (isInputObjectType(type)) completed[name] = objectSchema(type);
    else if (isObjectType(type) && type !== schema.getQueryType() && type !== schema.getMutationType()) {
      completed[name] = objectSchema(type);
    }
  }
  return completed;
}

/** An enum with the descriptions of its values. */
export function enumSchema(type: GraphQLEnumType): Schema {
  const values = type.getValues();
  const lines = values.map((value) => `- \`${value.name}\`: ${value.description ?? ''}`);
  const description = [type.description ?? '', '', ...lines].join('\n').trim();
  return { type: 'string', description, enum: values.map((value) => value.name) };
}

function objectSchema(type: GraphQLObjectType | GraphQLInputObjectType): Schema {
  const input = type instanceof GraphQLInputObjectType;
  const fields = Object.values<GraphQLInputField | GraphQLField<unknown, unknown>>(type.getFields());
  const required = fields
    .filter((field) => isNonNullType(field.type) && !hasDefault(field))
    .map((field) => field.name);
  return {
    type: 'object',
    ...(type.description ? { description: type.description } : {}),
    properties: Object.fromEntries(
      fields.map((field) => [field.name, fieldSchema(field, type.name, input ? 'in' : 'out')]),
    ),
    ...(required.length > 0 ? { required } : {}),
    // An unknown field of an input is rejected, so that a misspelt one is never lost.
    ...(input ? { additionalProperties: false } : {}),
  };
}

/** An input or output value, with its description and default. */
function fieldSchema(
  field: GraphQLInputField | GraphQLField<unknown, unknown>,
  owner: string,
  direction: Direction,
): Schema {
  const schema = schemaOf(field.type, direction);
  const fallback =
    hasDefault(field) && isPlainDefault(field.defaultValue) ? { default: field.defaultValue } : {};
  const guards = field.extensions.guards as readonly AnyScope[] | undefined;
  return {
    ...asNamed(field.name, schema, owner),
    ...(field.description ? { description: field.description } : {}),
    ...fallback,
    ...(guards ? { 'x-required-scopes': guards.map((anyOf) => ({ anyOf })) } : {}),
  };
}

/** Ids that callers or other programs give: the id of a request, the reference of a movement or a reservation, and the key of any row. */
const OTHER_IDS: ReadonlySet<string> = new Set(['request_id', 'reference_id', 'entity_id', 'cart_id']);
/** Types whose own id is signed, or made of two ids. */
const TYPES_OF_OTHER_IDS: ReadonlySet<string> = new Set([
  'Cart',
  'StockLevel',
  'StockLevelWithDaysOfCover',
  'StockTakeLine',
  'StockValue',
]);

/**
 * The schema of a value with this name in REST: an id is a UUID, unless PosPro does not give it, or signs it.
 * @param owner the type that has the field. Optional; defaults to none.
 */
export function asNamed(name: string, schema: Schema, owner = ''): Schema {
  const isOther = OTHER_IDS.has(name) || (name === 'id' && TYPES_OF_OTHER_IDS.has(owner));
  return isOther && schema.format === 'uuid' ? { type: schema.type! } : schema;
}

function hasDefault(field: GraphQLInputField | GraphQLField<unknown, unknown>): field is GraphQLInputField {
  return 'defaultValue' in field && field.defaultValue !== undefined;
}

/** Defaults of other scalars are stored parsed, not in their wire format. */
function isPlainDefault(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}
