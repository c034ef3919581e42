/** Defaults of inputs: a variable without a value for them has the same effect as graphql-js gives it, compiled or not. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  buildASTSchema,
  getNamedType,
  graphql,
  GraphQLList,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  parse,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql';
import { InProcessDataSource } from '#gateway/executor/data-source';
import { fixtureContext } from '#test/gateway/fixture-graph';
import { executable } from '#test/gateway/executor/federated';

const supergraph = buildASTSchema(
  parse(readFileSync(path.resolve(__dirname, '../../../supergraph.graphql'), 'utf8')),
  { assumeValid: true },
);

/** Of these types, and of the arguments of fields, the schema has defaults. */
const inputTypes = Object.values(supergraph.getTypeMap()).filter(
  (type): type is GraphQLInputObjectType => isInputObjectType(type) && hasDefault(type, new Set()),
);

function hasDefault(type: GraphQLInputType, seen: Set<unknown>): boolean {
  const named = getNamedType(type);
  if (!isInputObjectType(named) || seen.has(named)) return false;
  seen.add(named);
  return Object.values(named.getFields()).some(
    (field) => field.defaultValue !== undefined || hasDefault(field.type, seen),
  );
}

/** The smallest value of a type, with every field through which a default is reached, and none that has one. */
function sample(type: GraphQLInputType): unknown {
  if (isNonNullType(type)) return sample(type.ofType);
  if (isListType(type)) return [sample(type.ofType)];
  if (isEnumType(type)) return type.getValues()[0]!.name;
  if (!isInputObjectType(type)) return type.name === 'Boolean' ? true : type.name === 'Int' ? 1 : '1';
  const given = Object.values(type.getFields()).filter(
    (field) =>
      field.defaultValue === undefined &&
      (isNonNullType(field.type) || (hasDefault(field.type, new Set()) && getNamedType(field.type) !== type)),
  );
  return Object.fromEntries(given.map((field) => [field.name, sample(field.type)]));
}

/** A schema whose only field answers the input that it receives, as text. */
function echoing(type: GraphQLInputType): GraphQLSchema {
  const echo = {
    type: GraphQLString,
    args: { input: { type } },
    resolve: (_: unknown, { input }: { input?: unknown }) => JSON.stringify(input),
  };
  return new GraphQLSchema({ query: new GraphQLObjectType({ name: 'Query', fields: { echo } }) });
}

/** The answer of a subgraph, and that of graphql-js. */
async function answers(schema: GraphQLSchema, source: string, variableValues: Record<string, unknown>) {
  const context = fixtureContext();
  const subgraph = new InProcessDataSource('echo', schema);
  const ours = await subgraph.process({ query: source, variables: variableValues, context } as never);
  const theirs = await graphql({ schema, source, variableValues, contextValue: context });
  return [ours, theirs].map(({ data, errors }) => ({ data: { ...data }, failed: errors !== undefined }));
}

it('has defaults to test', () => expect(inputTypes.map(({ name }) => name)).not.toEqual([]));

it.each(inputTypes.map((type) => [type.name, type] as const))(
  '%s gets its defaults, by itself, required, and in a list',
  async (_, type) => {
    const value = sample(type);
    for (const [input, given] of [
      [type, value],
      [new GraphQLNonNull(type), value],
      [new GraphQLList(new GraphQLNonNull(type)), [value]],
    ] as const) {
      const source = `query($input: ${String(input)}) { echo(input: $input) }`;
      const [ours, theirs] = await answers(echoing(input), source, { input: given });
      expect(ours).toEqual(theirs);
      expect(theirs!.failed).toBe(false);
    }
  },
);

describe('every kind of default', () => {
  const kinds = `
    enum Color { RED GREEN }
    input Inner { size: Int! = 2 label: String = "none" }
    input Kinds {
      int: Int! = 10 float: Float! = 1.5 text: String! = "a" flag: Boolean! = false id: ID! = 7 color: Color! = GREEN
      list: [Int!]! = [1, 2] inner: Inner! = {} inners: [Inner!]! = [{ size: 3 }] optional: Int = 4 nothing: Int
    }
    type Query { echo(input: Kinds): String required(size: Int! = 5, color: Color! = RED, input: Kinds! = {}): String }
  `;
  const text = (_: unknown, args: object) => JSON.stringify(args);
  const schema = executable({ typeDefs: kinds, resolvers: { Query: { echo: text, required: text } } });

  it.each([
    ['an input without any field', 'query($input: Kinds!) { echo(input: $input) }', { input: {} }],
    ['one with some', 'query($input: Kinds) { echo(input: $input) }', { input: { int: 1, inner: { label: 'b' } } }],
    ['nested ones', 'query($input: Kinds) { echo(input: $input) }', { input: { inners: [{}, { size: 9 }] } }],
    ['no input', 'query($input: Kinds) { echo(input: $input) }', {}],
    ['null for a required field', 'query($input: Kinds) { echo(input: $input) }', { input: { int: null } }],
    ['a literal', '{ echo(input: { int: 1 }) }', {}],
    ['arguments without values', '{ required }', {}],
    ['optional variables for required arguments', 'query($size: Int, $color: Color) { required(size: $size, color: $color) }', {}],
    ['a variable with a default', 'query($size: Int = 6) { required(size: $size) }', {}],
    ['a required variable with a default', 'query($size: Int! = 6, $color: Color! = GREEN) { required(size: $size, color: $color) }', {}],
    ['null for a required variable', 'query($size: Int! = 6) { required(size: $size) }', { size: null }],
  ])('%s', async (_, source, variables) => {
    const [ours, theirs] = await answers(schema, source, variables);
    expect(ours).toEqual(theirs);
  }); // prettier-ignore
});
