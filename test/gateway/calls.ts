/** Calls of the graph's operations, made from the schema and its examples, which work against the demo shop. */
import { Readable } from 'node:stream';
import {
  getNamedType,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
} from 'graphql';
import { composeSupergraph } from '#gateway/compose';
import { demoId } from '#demo/ids';
import { readSupergraph, type SupergraphInfo } from '#sofa/supergraph';
import { subgraphs } from '#subgraphs/list';

/** The supergraph of all subgraphs. */
export const sdl = composeSupergraph(subgraphs);
export const supergraph: SupergraphInfo = readSupergraph(sdl);

/** A value that passes the type, from the examples of the schema where there are any. */
export function valueFor(type: GraphQLInputType, coordinate: string): unknown {
  const example = supergraph.exampleAt(coordinate);
  if (example) return example.value;
  if (isNonNullType(type)) return valueFor(type.ofType, coordinate);
  if (isListType(type)) return [valueFor(type.ofType, coordinate)];
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (isInputObjectType(type)) {
    // The example of a file says what kinds there are, and is none itself.
    const given = Object.values(type.getFields()).filter(
      (field) =>
        isRequiredInputField(field) ||
        (supergraph.exampleAt(`${type.name}.${field.name}`) && getNamedType(field.type).name !== 'Upload'),
    );
    return Object.fromEntries(
      given.map((field) => [field.name, valueFor(field.type, `${type.name}.${field.name}`)]),
    );
  }
  return SCALARS[getNamedType(type).name]!();
}

const SCALARS: Readonly<Record<string, () => unknown>> = {
  ID: () => demoId.product(1),
  String: () => 'text',
  Int: () => 1,
  Float: () => 1,
  Boolean: () => true,
  Money: () => '1.00',
  Decimal: () => '1',
  DateTime: () => '2026-01-31T18:04:05Z',
  Date: () => '2026-01-31',
  JSON: () => ({}),
  OfflineSale: () => ({ registerId: supergraph.exampleAt('OfflineSaleInput.registerId')!.value }),
  Upload: () => ({ filename: 'x.csv', contentType: 'text/csv', stream: Readable.from(['sku,name\n']) }),
};

/** Every field that can be asked for without arguments, so many levels deep. */
function selectionOf(type: GraphQLObjectType, depth: number): string {
  const fields = Object.values(type.getFields()).flatMap((field) => {
    if (field.args.some(isRequiredArgument)) return [];
    const inner = getNamedType(field.type);
    if (isLeafType(inner)) return [field.name];
    return isObjectType(inner) && depth > 1 ? [`${field.name} ${selectionOf(inner, depth - 1)}`] : [];
  });
  return `{ __typename ${fields.join(' ')} }`;
}

/** An operation to be carried out. */
export interface Call {
  readonly text: string;
  readonly variables: Record<string, unknown>;
}

/** Calls a root field, with a selection three deep where none is given. */
export function callOf(
  root: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  selected?: string,
): Call {
  const given = field.args.filter(
    (argument) =>
      isRequiredArgument(argument) || supergraph.exampleAt(`${root.name}.${field.name}(${argument.name})`),
  );
  const variables = Object.fromEntries(
    given.map((argument) => [
      argument.name,
      valueFor(argument.type, `${root.name}.${field.name}(${argument.name})`),
    ]),
  );
  const declared = given.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ');
  const passed = given.map(({ name }) => `${name}: $${name}`).join(', ');
  const inner = getNamedType(field.type);
  const selection =
    selected ?? (isObjectType(inner) ? selectionOf(inner, 3) : isLeafType(inner) ? '' : '{ __typename }');
  const text = `${root.name.toLowerCase()} ${declared && `(${declared})`} { ${field.name}${passed && `(${passed})`} ${selection} }`;
  return { text, variables };
}
