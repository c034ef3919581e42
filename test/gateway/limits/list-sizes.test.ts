/** Prices follow what the schema says about the length of lists, whatever their types are called. */
import { readFileSync } from 'node:fs';
import { buildASTSchema, buildSchema, parse, type OperationDefinitionNode } from 'graphql';
import { CostModel } from '#gateway/limits/cost';
import { unsizedLists } from '#gateway/limits/list-sizes';
import { SUPERGRAPH_FILE } from '#gateway/supergraph';

const DIRECTIVES = `
  directive @cost(weight: Int!) on FIELD_DEFINITION
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION`;

it('has no list of which nothing says how long it may be', () => {
  expect(
    unsizedLists(buildASTSchema(parse(readFileSync(SUPERGRAPH_FILE, 'utf8')), { assumeValidSDL: true })),
  ).toEqual([]);
});

it('names such lists', () => {
  const schema = buildSchema(`${DIRECTIVES}
    type Query {
      page(size: Int): Rows
      other: Sums
      sized: Sized @listSize(assumedSize: 30, sizedFields: ["rows"])
      plain: [Row!]!
      known: [Row!]! @listSize(assumedSize: 3)
      first(limit: Int): [Row!]! @listSize(slicingArguments: ["limit"])
    }
    type Rows { items: [Row!]! extra: [Row!]! }
    type Sums { items: [Row!]! }
    type Sized { rows: [Row!]! }
    type Row { id: ID! codes: [String!]! }`);
  expect(unsizedLists(schema)).toEqual(['Query.plain', 'Rows.extra', 'Sums.items', 'Row.codes']);
});

const SHOP = buildSchema(`${DIRECTIVES}
  type Query {
    valuation(size: Int = 20): Valuation! @listSize(slicingArguments: ["size"], sizedFields: ["items"], requireOneSlicingArgument: false)
    page(size: Int): Whatever!
    byIds(ids: [ID!]!): [Row!]! @listSize(slicingArguments: ["ids"])
    nested(input: In!): [Row!]! @listSize(slicingArguments: ["input.ids"])
    assumed: [Row!]! @listSize(assumedSize: 7)
    dear: Row @cost(weight: 200)
  }
  input In { ids: [ID!]! }
  type Valuation { items: [Row!]! warehouses: [Row!]! @listSize(assumedSize: 3) }
  type Whatever { items: [Row!]! }
  type Row { id: ID! row: Row }`);
const model = new CostModel(SHOP, SHOP);

it.each<[string, Record<string, unknown>, number]>([
  ['{ valuation { items { id } } }', {}, 1 + 20],
  ['{ valuation(size: 1000) { items { id } warehouses { row { id } } } }', {}, 1 + 1000 + 3 * 2],
  ['query ($n: Int) { valuation(size: $n) { items { row { id } } } }', { n: 500 }, 1 + 500 * 2],
  ['query ($n: Int = 30) { valuation(size: $n) { items { id } } }', {}, 1 + 30],
  ['{ page { items { id } } }', {}, 1 + 20],
  ['{ page(size: 100) { ...F } } fragment F on Whatever { items { row { id } } }', {}, 1 + 100 * 2],
  ['query ($ids: [ID!]!) { byIds(ids: $ids) { id } }', { ids: ['1', '2', '3'] }, 3],
  ['query ($i: In!) { nested(input: $i) { row { id } } }', { i: { ids: ['1', '2', '3'] } }, 3 * 2],
  ['{ assumed { row { row { id } } } }', {}, 7 * 3],
  ['{ dear { id } }', {}, 200],
  ['{ page(size: -5) { items { id } } }', {}, 1 + 1],
])('prices %s', (query, variables, price) => {
  const document = parse(query);
  const operation = document.definitions[0] as OperationDefinitionNode;
  const cost = { total: price, introspection: 0 };
  expect(model.estimate(document, operation, variables)).toEqual(cost);
  // A repeated estimate may be a remembered one.
  expect(model.estimate(document, operation, variables)).toEqual(cost);
});

it.each<[string, (n: number) => Record<string, unknown>, (n: number) => number]>([
  ['query ($n: Int) { valuation(size: $n) { items { id } } }', (n) => ({ n }), (n) => 1 + n],
  ['query ($ids: [ID!]!) { byIds(ids: $ids) { id } }', (n) => ({ ids: Array(n).fill('1') }), (n) => n],
  [
    'query ($id: ID!) { nested(input: { ids: [$id, $id] }) { row { id } } }',
    (n) => ({ id: String(n) }),
    () => 2 * 2,
  ],
  ['query ($yes: Boolean!) { page { items { id @skip(if: $yes) } } }', (n) => ({ yes: n > 3 }), () => 1 + 20],
])('prices %s by the variables of each call', (...[query, variablesOf, price]) => {
  const document = parse(query);
  const operation = document.definitions[0] as OperationDefinitionNode;
  for (const n of [3, 7, 3]) {
    expect(model.estimate(document, operation, variablesOf(n)).total).toBe(price(n));
  }
});

it('prices what is asked about the schema, and bounds it by the standard query', () => {
  const priceOf = (query: string) => {
    const document = parse(query);
    const operation = document.definitions[0] as OperationDefinitionNode;
    return model.estimate(document, operation, {}).introspection;
  };
  const one = priceOf('{ __schema { types { name } } }');
  expect(one).toBeGreaterThan(0.01 * Object.keys(SHOP.getTypeMap()).length);
  expect(priceOf('{ a: __schema { types { name } } b: __schema { types { name } } }')).toBeCloseTo(
    2 * one,
    6,
  );
  expect(one).toBeLessThan(model.mostIntrospection);
});
