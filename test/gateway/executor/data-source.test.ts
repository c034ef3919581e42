/** A subgraph in this process answers as graphql-js does, whatever is compiled. */
import fc from 'fast-check';
import { execute, GraphQLError, parse, type ExecutionResult, type GraphQLSchema } from 'graphql';
import { InProcessDataSource } from '#gateway/executor/data-source';
import { executable } from '#test/gateway/executor/federated';
import { operations } from '#test/gateway/executor/random-documents';
import { fixtureContext } from '#test/gateway/fixture-graph';
import { plain } from '#test/harness/values';

/** A field of every kind; each resolver is told by the field's name how to fail. */
function anySchema(): GraphQLSchema {
  const typeDefs = `
    enum Color { RED GREEN }
    scalar Strict
    input Range { from: Int = 1 to: Int note: String colors: [Color!] inner: Range }
    interface Named { name: String! self: Named }
    type Cat implements Named { name: String! self: Named lives: Int! claws: [Int!] kin: [Cat] }
    type Dog implements Named { name: String! self: Named tricks: [String] }
    union Pet = Cat | Dog
    type Thing {
      id: ID! word: String empty: String color: Color strict: Strict strictBad: Strict
      later: Int laterBad: Int thrown: Int must: Int mustNot: Int! mustNotLater: Int!
      list: [Int] listBad: [Int] listMust: [Int!] listMustBad: [Int!]! nested: [[Int]] nestedBad: [[Int]!] held: [Int]
      child: Thing childMust: Thing! children: [Thing!] childrenBad: [Thing]
      pet: Pet pets: [Pet] named: Named lost: Pet lostLater: Named
      echo(a: Int = 7, b: String, c: Color, r: Range, l: [Int!], id: ID): String
      sum(n: Int! = 3): Int!
    }
    type Query { thing: Thing things: [Thing!]! thingMust: Thing! thingsBad: [Thing] sum(n: Int! = 3): Int! sItems: Item }
    type QuerysItem { s: Int }
    type Item { name: String }
    type Mutation { first: Int second: Int! failing: Int! last: Int lastLater: Int! thing: Thing }
  `;
  const fail = (text: string) => () => {
    throw new Error(text);
  };
  const reject = (text: string) => () => Promise.reject(new Error(text));
  const later = <T>(value: T) => new Promise<T>((resolve) => setImmediate(() => resolve(value)));
  const rejected = () => {
    const item = Promise.reject<number>(new Error('an item failed'));
    // Nobody waits for an item that is not selected.
    item.catch(() => undefined);
    return item;
  };
  const cat = { __typename: 'Cat', name: 'Tom', lives: null };
  const dog = { __typename: 'Dog', name: 'Rex', tricks: ['sit', null] };
  const thing = () => ({
    id: 't',
    word: 'w',
    held: [later(1), later(2), rejected(), 3],
    color: 'red',
    strict: 'fine',
    strictBad: 'bad',
  });
  const Thing = {
    later: () => later(5),
    laterBad: reject('later failed'),
    thrown: fail('thrown'),
    must: () => later(null),
    mustNot: () => null,
    mustNotLater: reject('must not be null'),
    list: () => [1, later(2), null, 3],
    listBad: () => [1, later(2), rejected()],
    listMust: () => later([1, later(2)]),
    listMustBad: () => [1, rejected(), later(3)],
    nested: () => [[1, null], null, later([2, later(3)])],
    nestedBad: () => [[1, rejected(), 2], [later(3)], rejected()],
    child: () => later(thing()),
    childMust: thing,
    children: () => [thing(), later(thing())],
    childrenBad: () => [thing(), rejected(), later(thing()), new Error('in place')],
    pet: () => cat,
    pets: () => later([cat, later(dog), null, rejected()]),
    named: () => later(dog),
    lost: () => ({ name: 'nobody' }),
    lostLater: () => later({ __typename: 'Horse' }),
    // The order of arguments says nothing.
    echo: (_: unknown, args: object) =>
      JSON.stringify(Object.entries(args).sort(([one], [other]) => one.localeCompare(other))),
    sum: (_: unknown, { n }: { n: number }) => later(n + 1),
  };
  const Cat = {
    lives: () => later(9),
    claws: () => [1, rejected()],
    kin: () => [cat, null],
    self: () => cat,
  };
  const Dog = { self: () => later(dog) };
  const Query = {
    thing,
    things: () => later([thing(), thing()]),
    thingMust: thing,
    thingsBad: () => [rejected(), thing(), rejected(), later(thing())],
    sum: (_: unknown, { n }: { n: number }) => n,
    sItems: () => ({ name: 'item' }),
  };
  const did =
    (name: string, value: unknown) =>
    (_: unknown, __: unknown, { done }: { done?: string[] }) => {
      done?.push(name);
      return value instanceof Error ? Promise.reject(value) : later(value);
    };
  const Mutation = {
    first: did('first', 1),
    second: did('second', 2),
    failing: did('failing', new Error('failed')),
    last: did('last', 4),
    lastLater: did('lastLater', 5),
    thing: did('thing', thing()),
  };
  const schema = executable({ typeDefs, resolvers: { Thing, Cat, Dog, Query, Mutation } });
  Object.assign(schema.getType('Color')!, {
    serialize: (value: unknown) => (value === 'red' ? 'RED' : 'GREEN'),
  });
  Object.assign(schema.getType('Strict')!, {
    serialize: (value: unknown) => {
      if (value === 'bad') throw new GraphQLError('not strict');
      return value;
    },
  });
  return schema;
}

const schema = anySchema();
const source = new InProcessDataSource('any', schema);
const pathsOf = (result: ExecutionResult) => (result.errors ?? []).map(({ path }) => path?.join('.')).sort();

async function both(query: string, variables: Record<string, unknown> = {}) {
  const done = { ours: [] as string[], theirs: [] as string[] };
  const context = { ...fixtureContext(), done: done.ours };
  const ours = await source.process({ query, operationName: undefined, variables, context });
  const theirs = await execute({
    schema,
    document: parse(query),
    rootValue: {},
    variableValues: variables,
    contextValue: { done: done.theirs },
  });
  return { ours: plain(ours), theirs: plain(theirs), done };
}

describe('a subgraph in this process', () => {
  const literals = {
    Int: ['0', '1', '-7'],
    String: ['"a"', '""'],
    ID: ['"i"', '4'],
    Boolean: ['true'],
    Strict: ['"s"'],
  };
  const aliases = ['a', 'id', 'b_c', 'word', '__proto__x', 'idx0', 'data', 'result'];

  it.each([false, true])(
    'answers 150 random queries as graphql-js does, with conditions: %s',
    async (conditions) => {
      const random = operations(schema, { aliases, literals, conditions, maxDepth: 3 });
      await fc.assert(
        fc.asyncProperty(random, async ({ text, variables }) => {
          const { ours, theirs } = await both(text, variables);
          expect(ours.data).toEqual(theirs.data);
          expect(ours.errors === undefined).toBe(theirs.errors === undefined);
        }),
        { numRuns: 150 },
      );
    },
    60_000,
  );

  it('answers random mutations as graphql-js does, and carries out the same fields', async () => {
    const random = operations(schema, {
      operation: 'mutation',
      aliases,
      literals,
      conditions: true,
      maxDepth: 2,
    });
    await fc.assert(
      fc.asyncProperty(random, async ({ text, variables }) => {
        const { ours, theirs, done } = await both(text, variables);
        expect(ours.data).toEqual(theirs.data);
        expect(done.ours).toEqual(done.theirs);
      }),
      { numRuns: 100 },
    );
  }, 60_000);

  const table: [name: string, query: string, variables?: Record<string, unknown>][] = [
    ['a rejected item of a list', '{ thing { listBad } }'],
    ['a rejected item of a list that is a property', '{ thing { held } }'],
    ['a rejected item that may not be null', '{ thing { listMustBad } }'],
    ['rejected items of nested lists', '{ thing { nestedBad } }'],
    ['rejected objects', '{ thingsBad { id } }'],
    ['errors as items', '{ thing { childrenBad { id } } }'],
    ['a type that cannot be found out', '{ thing { lost { __typename } lostLater { name } } }'],
    [
      'a fragment twice, first under a condition that does not hold',
      '{ thing { ...F @include(if: false) ...F } } fragment F on Thing { id }',
    ],
    [
      'a variable without a value inside a literal',
      'query ($n: String) { thing { echo(r: { note: $n, to: 1 }) } }',
    ],
    [
      'a variable without a value for an argument with a default',
      'query ($n: Int) { thing { echo(a: $n) } }',
    ],
    ['null for an argument with a default', 'query ($n: Int) { thing { echo(a: $n) } }', { n: null }],
    ['one value for a list', 'query ($l: [Int!]) { thing { echo(l: $l) } }', { l: 3 }],
    ['a scalar that does not serialize', '{ thing { strict strictBad } }'],
    ['names that are one when written together', '{ sItems { name } }'],
  ];
  it.each(table)('answers as graphql-js does: %s', async (_, query, variables = {}) => {
    const { ours, theirs } = await both(query, variables);
    expect(ours.data).toEqual(theirs.data);
    expect(pathsOf(ours)).toEqual(pathsOf(theirs));
  });

  it('stops a mutation whose data has become null', async () => {
    const stopped = await both('mutation { first failing last }');
    expect(stopped.ours.data).toBeNull();
    expect(stopped.done.ours).toEqual(['first', 'failing']);
    const gone = await both('mutation { first last lastLater }');
    expect(gone.done.ours).toEqual(['first', 'last', 'lastLater']);
  });
});
