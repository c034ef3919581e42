/**
 * Examples. Those of requests come only from `@example`, since they must work against the demo shop; those of
 * answers default to values by type, since they only show the format.
 */
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLInputType,
  type GraphQLOutputType,
} from 'graphql';
import { isPlainObject } from '../input/readers';
import { snake } from '../casing';
import { standsFor } from '../deferred-inputs';
import type { SupergraphInfo } from '../supergraph';
import { originOf } from '../projections';

/**
 * The example of an input value: its own `@example`, or an object of those of its fields.
 * @param coordinate where the value is declared in the graph.
 * @returns undefined without an example.
 */
export function inputExample(
  type: GraphQLInputType,
  coordinate: string,
  supergraph: SupergraphInfo,
  path: readonly string[] = [],
): unknown {
  const own = supergraph.exampleAt(coordinate);
  const named = standsFor(getNamedType(type)) ?? getNamedType(type);
  if (own) return isInputObjectType(named) ? snakeKeys(own.value) : own.value;
  if (!isInputObjectType(named) || path.includes(named.name)) return undefined;
  const example: Record<string, unknown> = {};
  for (const field of Object.values(named.getFields())) {
    const value = inputExample(field.type, `${named.name}.${field.name}`, supergraph, [...path, named.name]);
    if (value !== undefined) example[snake(field.name)] = value;
  }
  if (Object.keys(example).length === 0) return undefined;
  return isListType(isNonNullType(type) ? type.ofType : type) ? [example] : example;
}

/** Authors write the example of an object in the names of the graph or in those of REST. */
function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snake(key), snakeKeys(inner)]));
}

const SOME_ID = '0190a000-0000-7000-8000-000000000001';

const BY_SCALAR: Readonly<Record<string, unknown>> = {
  ID: SOME_ID,
  String: 'text',
  Int: 1,
  Float: 1.5,
  Boolean: true,
  Money: '12.50',
  Decimal: '2',
  DateTime: '2026-01-31T18:04:05.000Z',
  Date: '2026-01-31',
  JSON: {},
};

/** Examples of texts under common names. */
const BY_NAME: Readonly<Record<string, unknown>> = {
  name: 'Corner Shop',
  role: 'cashier',
  access_token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIwMTkwYTAwMCJ9.c2lnbmF0dXJl',
  sku: 'TEA-001',
  barcode: '123456789',
  email: 'cashier@pospro.com',
  phone: '+44 20 7946 0000',
  currency: 'EUR',
  unit: 'piece',
  message: 'There are 3 left.',
  hash: 'b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcd',
  time_zone: 'Europe/Berlin',
  image_url: 'https://pospro.example/images/tea.webp',
  token_type: 'bearer',
};

/** The example of an answer, every field shown. @param type in REST names. */
export function outputExample(type: GraphQLOutputType, supergraph: SupergraphInfo): unknown {
  if (isNonNullType(type)) return outputExample(type.ofType as GraphQLOutputType, supergraph);
  if (isListType(type)) return [outputExample(type.ofType, supergraph)];
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isObjectType(type)) return BY_SCALAR[getNamedType(type).name] ?? 'text';
  return Object.fromEntries(
    Object.values(type.getFields()).map((field) => {
      const own = supergraph.exampleAt(originOf(field).coordinate);
      if (own) return [field.name, own.value];
      if (field.name === 'next_cursor' && !isNonNullType(field.type)) return [field.name, null];
      const hinted =
        getNamedType(field.type).name === 'String' &&
        !isListType(isNonNullType(field.type) ? field.type.ofType : field.type);
      return [
        field.name,
        (hinted ? BY_NAME[field.name] : undefined) ?? outputExample(field.type, supergraph),
      ];
    }),
  );
}
