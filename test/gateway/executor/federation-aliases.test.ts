import fc from 'fast-check';
import { execute, parse, subscribe, validate, type ExecutionResult } from 'graphql';
import type { Stream } from '#kernel/graph/event-stream';
import type { SubscriptionEvent } from '#gateway/executor/index';
import { monolith, pieces } from '#test/gateway/executor/bookshop';
import { federation } from '#test/gateway/executor/federated';
import {
  operations,
  type RandomOperation,
  type RandomOptions,
} from '#test/gateway/executor/random-documents';
import { fixtureContext } from '#test/gateway/fixture-graph';
import { plain } from '#test/harness/values';

const shop = federation(pieces);

/** Names of keys, of what is required, of the planner, of JavaScript. */
const aliases = [
  ...[
    'id',
    'upc',
    'sku',
    'email',
    'place',
    'code',
    'a',
    'b',
    'country',
    'name',
    'total',
    'number',
    'weight',
    'price',
    '__typename',
  ],
  ...[
    '_entities',
    'representations',
    'id_1',
    'price_1',
    'price_given_1',
    'price__alias_0',
    '__proto__',
    'constructor',
    'toString',
  ],
];
const literals = { Int: ['0', '1', '2'], String: ['"USD"', '"EUR"', '"s3"'], ID: ['"o1"', '"u1"', '"c2"'] };
const options: RandomOptions = { aliases, literals, conditions: true, maxDepth: 3 };

const monolithic = async ({ text, variables }: RandomOperation) =>
  plain(await execute({ schema: monolith, document: parse(text), variableValues: variables }));

/** JSON leaves the order of keys as it is, and tells "__proto__" apart. */
async function expectSame(operation: RandomOperation): Promise<void> {
  const ours = await shop.run(operation.text, operation.variables);
  const theirs = await monolithic(operation);
  expect(ours.errors ?? []).toHaveLength(theirs.errors?.length ?? 0);
  expect(JSON.stringify(ours.data)).toBe(JSON.stringify(theirs.data));
}

describe('aliases that take the names of what the planner needs', () => {
  it('answers 220 random queries as graphql-js does over one schema', async () => {
    await fc.assert(fc.asyncProperty(operations(shop.gateway.apiSchema, options), expectSame), {
      numRuns: 220,
    });
  }, 120_000);

  it('answers random mutations as graphql-js does', async () => {
    const random = operations(shop.gateway.apiSchema, { ...options, operation: 'mutation' });
    await fc.assert(fc.asyncProperty(random, expectSame), { numRuns: 30 });
  }, 60_000);

  it('answers random subscriptions as graphql-js does', async () => {
    const random = operations(shop.gateway.apiSchema, { ...options, operation: 'subscription' });
    const check = async ({ text, variables }: RandomOperation) => {
      const document = parse(text);
      const context = fixtureContext();
      const ours = await shop.gateway.subscribe({ document, documentKey: text, variables, context });
      const theirs = (await subscribe({
        schema: monolith,
        document,
        variableValues: variables,
      })) as AsyncGenerator<ExecutionResult>;
      const event = (await (ours as Stream<SubscriptionEvent>).next()).value as SubscriptionEvent;
      const expected = (await theirs.next()).value as ExecutionResult;
      expect(JSON.stringify((await event.execute(context)).data)).toBe(JSON.stringify(expected.data));
    };
    await fc.assert(fc.asyncProperty(random, check), { numRuns: 30 });
  }, 60_000);

  // Every object has these names already, so that a variable that was left out must not be found all the same.
  const JAVASCRIPT_VARIABLES = `query ($constructor: String, $toString: Int, $hasOwnProperty: Boolean = true) {
    orders(size: $toString) { id @include(if: $hasOwnProperty) due(currency: $constructor) }
  }`;
  const PROTOTYPE_VARIABLE = 'query ($__proto__: String) { orders { due(currency: $__proto__) } }';
  const table: [name: string, query: string, variables?: Record<string, unknown>][] = [
    ['the name of a key', '{ orders(size: 1) { items { id: quantity } payments { amount } id: total } }'],
    ['the name of another key', '{ products { upc: title sku: __typename stars } }'],
    ['the name of what is required', '{ products { ... on Book { weight: upc price: title shipping abroad } } }'],
    ['the required field with other arguments', '{ products { price(currency: "USD") ... on Book { shipping abroad } } }'],
    ['the required field with its defaults', '{ products { price ... on Book { shipping abroad } } }'],
    ['the name of a part of a key', '{ customers { place { code: country a: code { b: a } } greeting } }'],
    ['the name of the type', '{ products { __typename: title kind: __typename } found { __typename: __typename ... on Customer { greeting } } }'],
    ['a type under another name only', '{ products { upc: __typename stars } best { kind: __typename } }'],
    ['different fields of different types', '{ found { ... on Book { id: sku stock } ... on Customer { id: name greeting } } }'],
    ['at the root', '{ _entities: orders { id: total due } id: best { upc: title } }'],
    ['in a fragment', '{ orders { ...F customer { ...G } } } fragment F on Order { id: total payments { method } } fragment G on Customer { id: name orders { id: number } greeting }'],
    ['the planner’s variable', 'query ($representations: String) { orders { due(currency: $representations) } }', { representations: 'USD' }],
    ['variables with names of JavaScript, given', JAVASCRIPT_VARIABLES, { constructor: 'USD', toString: 1, hasOwnProperty: false }],
    ['variables with names of JavaScript, left out', JAVASCRIPT_VARIABLES],
    ['a variable with the name of all prototypes', PROTOTYPE_VARIABLE, JSON.parse('{"__proto__":"USD"}') as Record<string, unknown>],
    ['a variable with the name of all prototypes, left out', PROTOTYPE_VARIABLE],
    ['names of JavaScript', '{ orders { __proto__: total constructor: payments { valueOf: amount } toString: due } }'],
  ]; // prettier-ignore
  it.each(table)('%s', async (_, text, variables = {}) => {
    expect(validate(monolith, parse(text))).toEqual([]);
    const ours = await shop.run(text, variables);
    expect(ours.errors).toBeUndefined();
    expect(JSON.stringify(ours.data)).toBe(JSON.stringify((await monolithic({ text, variables })).data));
  });

  it('leaves what is fetched as it was where no name is taken', async () => {
    shop.fetches.length = 0;
    await shop.run('{ orders(size: 1) { id sum: total payments { amount } } }');
    expect(shop.fetches.map(({ name, query }) => `${name} ${query}`)).toEqual([
      'sales {orders(size:1){__typename id sum:total}}',
      'payments query($representations:[_Any!]!){_entities(representations:$representations){...on Order{payments{amount}}}}',
    ]);
  });
});
