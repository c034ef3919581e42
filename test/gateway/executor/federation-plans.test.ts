/** Kinds of federations that the planner alone gets wrong, each with the answer that it should give; and those that are refused. */
import { GraphGateway } from '#gateway/executor/index';
import { compose, federation, type SmallSubgraph } from '#test/gateway/executor/federated';

const gatewayOf = (subgraphs: Record<string, SmallSubgraph>) =>
  new GraphGateway({ supergraphSdl: compose(subgraphs), sources: new Map() });

describe('@requires with arguments', () => {
  const stock: SmallSubgraph = {
    typeDefs: `
      type Query { shelves: [Shelf!]! }
      type Shelf @key(fields: "id") { id: ID! items(first: Int!): [Item!]! best: Item! }
      type Item { name: String! cost(in: Unit, of: [Int!]): Int! }
      enum Unit { EUR USD }
    `,
    resolvers: {
      Query: { shelves: () => [{ id: 's' }] },
      Shelf: {
        __resolveReference: (shelf: object) => shelf,
        items: (_: unknown, { first }: { first: number }) =>
          ['a', 'b', 'c'].slice(0, first).map((name) => ({ name })),
        best: () => ({ name: 'b' }),
      },
      Item: {
        cost: (_: unknown, args: { in?: string; of?: number[] }) =>
          (args.in === 'USD' ? 200 : 100) + (args.of ?? []).length,
      },
    },
  };
  const labels: SmallSubgraph = {
    typeDefs: `
      type Shelf @key(fields: "id") {
        id: ID!
        items(first: Int!): [Item!]! @external
        best: Item! @external
        one(loud: Boolean = false): String @requires(fields: "items(first: 1) { name }")
        all: String @requires(fields: "items(first: 3) { name } best { cost(in: USD, of: [1, 2]) }")
        cheap: String @requires(fields: "best { cost(in: EUR) }")
        free: String
      }
      type Item @external { name: String! cost(in: Unit, of: [Int!]): Int! }
      enum Unit { EUR USD }
    `,
    resolvers: {
      Shelf: {
        one: ({ items }: { items: { name: string }[] }, { loud }: { loud: boolean }) =>
          items.map(({ name }) => (loud ? name.toUpperCase() : name)).join(),
        all: ({ items, best }: { items: { name: string }[]; best: { cost: number } }) =>
          `${items.map(({ name }) => name).join()} ${best.cost}`,
        cheap: ({ best }: { best: { cost: number } }) => String(best.cost),
        free: () => 'free',
      },
    },
  };
  const shop = federation({ stock, labels });
  const data = async (query: string, variables?: Record<string, unknown>) => {
    const { data: answer, errors } = await shop.run(query, variables);
    expect(errors).toBeUndefined();
    return answer;
  };

  it('sends what each field requires, though another one requires the same with other arguments', async () => {
    expect(await data('{ shelves { one all cheap free } }')).toEqual({
      shelves: [{ one: 'a', all: 'a,b,c 202', cheap: '100', free: 'free' }],
    });
  });

  it('lets a caller ask for the same with arguments of their own', async () => {
    const query =
      'query ($n: Int!, $loud: Boolean) { shelves { items(first: $n) { name cost(in: USD) } one(loud: $loud) all best { cost } } }';
    expect(await data(query, { n: 2, loud: true })).toEqual({
      shelves: [
        {
          items: [
            { name: 'a', cost: 200 },
            { name: 'b', cost: 200 },
          ],
          one: 'A',
          all: 'a,b,c 202',
          best: { cost: 100 },
        },
      ],
    });
  });

  it('asks a subgraph twice only where one request cannot hold both', async () => {
    shop.fetches.length = 0;
    await data('{ shelves { one free } }');
    expect(shop.fetches.map(({ name }) => name)).toEqual(['stock', 'labels']);
    shop.fetches.length = 0;
    await data('{ shelves { one cheap free } }');
    expect(shop.fetches.map(({ name }) => name)).toEqual(['stock', 'labels']);
    shop.fetches.length = 0;
    await data('{ shelves { one all } }');
    expect(shop.fetches.map(({ name }) => name)).toEqual(['stock', 'labels', 'labels']);
  });

  it('keeps what it made up out of the schema', () => {
    const shelf = shop.gateway.apiSchema.getType('Shelf') as unknown as { getFields(): object };
    expect(Object.keys(shelf.getFields()).sort()).toEqual([
      'all',
      'best',
      'cheap',
      'free',
      'id',
      'items',
      'one',
    ]);
  });
});

describe('several keys', () => {
  const home: SmallSubgraph = {
    typeDefs: `
      type Query { things: [Thing!]! }
      type Thing @key(fields: "number", resolvable: false) @key(fields: "code { a }", resolvable: false) @key(fields: "id code { b }") {
        id: ID! number: Int! code: Code! name: String! @external title: String! @requires(fields: "name")
      }
      type Code { a: ID! b: ID! }
    `,
    resolvers: {
      Query: { things: () => [{ id: '1', number: 1, code: { a: 'a', b: 'b' } }] },
      Thing: {
        __resolveReference: ({ id, code, name }: { id?: string; code?: { b?: string }; name: string }) => {
          if (id === undefined || code?.b === undefined) throw new Error('that key is not resolvable here');
          return { id, name };
        },
        title: ({ name }: { name: string }) => `The ${name}`,
      },
    },
  };
  const names: SmallSubgraph = {
    typeDefs: 'type Thing @key(fields: "id") { id: ID! name: String! }',
    resolvers: { Thing: { name: ({ id }: { id: string }) => `thing ${id}` } },
  };

  it('comes back to a subgraph by a key that is resolvable there', async () => {
    const { data, errors } = await federation({ home, names }).run('{ things { id: title name title } }');
    expect(errors).toBeUndefined();
    expect(data).toEqual({ things: [{ id: 'The thing 1', name: 'thing 1', title: 'The thing 1' }] });
  });

  it('refuses a supergraph in which there is no such key', () => {
    const stuck = {
      ...home,
      typeDefs: home.typeDefs.replace(
        '@key(fields: "id code { b }")',
        '@key(fields: "id", resolvable: false)',
      ),
    };
    expect(() => gatewayOf({ home: stuck, names })).toThrow(
      /cannot be carried out:\n {2}- Thing\.title has @requires in the subgraph HOME, where no @key of Thing is resolvable\./,
    );
  });
});

describe('interfaces as objects', () => {
  const a: SmallSubgraph = {
    typeDefs: `
      interface Node @key(fields: "id") { id: ID! }
      type Product @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }
      type Query { node: Node product: Product! products: [Product!]! }
    `,
    resolvers: {
      Query: {
        node: () => null,
        product: () => ({ id: 'p1' }),
        products: () => [{ id: 'p1' }, { id: 'p2' }],
      },
    },
  };
  const b: SmallSubgraph = {
    typeDefs: `
      type Node @key(fields: "id", resolvable: false) @interfaceObject { id: ID! field: String }
      interface Product @key(fields: "id") { id: ID! }
      type Bread implements Product @key(fields: "id") { id: ID! name: String! }
      type Milk implements Product @key(fields: "id") { id: ID! fat: Int! }
      type Query { mine: Node }
    `,
    resolvers: {
      Query: { mine: () => ({ id: 'n1', field: 'foo' }) },
      Product: { __resolveReference: ({ id }: { id: string }) => productOf(id) },
      Bread: { __resolveReference: ({ id }: { id: string }) => productOf(id) },
      Milk: { __resolveReference: ({ id }: { id: string }) => productOf(id) },
    },
  };
  const productOf = (id: string) =>
    id === 'p1' ? { __typename: 'Bread', id, name: 'Bread' } : { __typename: 'Milk', id, fat: 3 };
  const shop = federation({ a, b });

  it('answers without a type where nothing that is selected depends on it', async () => {
    expect(await shop.run('{ mine { id field } product { upc: id } }')).toEqual({
      data: { mine: { id: 'n1', field: 'foo' }, product: { upc: 'p1' } },
    });
  });

  it('finds out the type where it is asked for', async () => {
    expect(
      await shop.run('{ products { kind: __typename id ... on Bread { id: id name } ... on Milk { fat } } }'),
    ).toEqual({
      data: {
        products: [
          { kind: 'Bread', id: 'p1', name: 'Bread' },
          { kind: 'Milk', id: 'p2', fat: 3 },
        ],
      },
    });
  });

  it('says so where no subgraph can tell the type, and gives no data that could be wrong', async () => {
    const { data, errors } = await shop.run('{ mine { __typename id } }');
    expect(data ?? null).toEqual(expect.not.objectContaining({ mine: expect.anything() as unknown }));
    expect(errors![0]!.extensions).toMatchObject({ code: 'INTERNAL' });
  });

  it('refuses an operation that no plan answers', async () => {
    const { data, errors } = await shop.run('{ node { field } }');
    expect(data).toBeUndefined();
    expect(errors![0]!.extensions).toMatchObject({ code: 'INTERNAL' });
  });
});

describe('contexts', () => {
  it('refuses a supergraph that passes values by @fromContext', () => {
    const user: SmallSubgraph = {
      typeDefs: `
        type Query { user: User! }
        type User @key(fields: "id") @context(name: "user") { id: ID! currency: String! account: Account! }
        type Account @key(fields: "id") { id: ID! balance(in: String @fromContext(field: "$user { currency }")): Int! }
      `,
      resolvers: {},
    };
    const other: SmallSubgraph = {
      typeDefs: 'type Account @key(fields: "id") { id: ID! name: String }',
      resolvers: {},
    };
    expect(() => gatewayOf({ user, other })).toThrow(/Account\.balance takes an argument by @fromContext\./);
  });
});

describe('conditions', () => {
  const one: SmallSubgraph = {
    typeDefs: `
      type Query { thing: Thing! }
      type Mutation { add(n: Int!): Thing! }
      type Thing @key(fields: "id") { id: ID! a: Int! }
    `,
    resolvers: {
      Query: { thing: () => ({ id: '1', a: 1 }) },
      Mutation: { add: (_: unknown, { n }: { n: number }) => ({ id: String((added += n)), a: added }) },
    },
  };
  const two: SmallSubgraph = {
    typeDefs:
      'type Thing @key(fields: "id") { id: ID! a: Int! @external b: Int! @requires(fields: "a") c: Int! }',
    resolvers: { Thing: { b: ({ a }: { a: number }) => a + 1, c: () => 3 } },
  };
  let added = 0;
  const shop = federation({ one, two });

  it.each([true, false])('keep what is required by one field apart from another one: %s', async (yes) => {
    const query = 'query ($yes: Boolean!) { thing { id @skip(if: true) b @include(if: $yes) c } }';
    const { data } = await shop.run(query, { yes });
    expect(data).toEqual({ thing: yes ? { b: 2, c: 3 } : { c: 3 } });
  });

  it('carry out a field of a mutation once, though it stands twice', async () => {
    const query =
      'mutation ($yes: Boolean!) { add(n: 1) @include(if: $yes) { a } add(n: 1) { id b } ... @include(if: $yes) { add(n: 1) { c } } }';
    added = 0;
    expect(await shop.run(query, { yes: true })).toEqual({ data: { add: { a: 1, id: '1', b: 2, c: 3 } } });
    expect(added).toBe(1);
    expect(await shop.run(query, { yes: false })).toEqual({ data: { add: { id: '2', b: 3 } } });
  });

  it('refuse null, which only a default lets pass', async () => {
    const query = 'query ($yes: Boolean = true) { thing { a @include(if: $yes) } }';
    expect(await shop.run(query)).toEqual({ data: { thing: { a: 1 } } });
    const { errors } = await shop.run(query, { yes: null });
    expect(errors![0]!.extensions).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ field: 'yes', code: 'REQUIRED' }],
    });
  });
});

describe('mutations over several subgraphs', () => {
  const done: string[] = [];
  const step = (name: string, value: unknown) => () => {
    done.push(name);
    if (value instanceof Error) throw value;
    return value;
  };
  const left: SmallSubgraph = {
    typeDefs: `
      type Query { a: Int } type Mutation { must: Int! may: Int thing: Thing! mayThing: Thing }
      type Thing @key(fields: "id") { id: ID! }
    `,
    resolvers: {
      Mutation: {
        must: step('must', new Error('failed')),
        may: step('may', new Error('failed')),
        thing: step('thing', { id: '1' }),
        mayThing: step('mayThing', { id: '1' }),
      },
    },
  };
  const right: SmallSubgraph = {
    typeDefs: 'type Mutation { next: Int } type Thing @key(fields: "id") { id: ID! broken: Int! }',
    resolvers: {
      Mutation: { next: step('next', 5) },
      Thing: { broken: () => Promise.reject(new Error('failed')) },
    },
  };
  const shop = federation({ left, right });
  beforeEach(() => void done.splice(0));

  it('stop after a field that may not be null and fails', async () => {
    const { data, errors } = await shop.run('mutation { must next }');
    expect({ data, done, errors: errors!.length }).toEqual({ data: null, done: ['must'], errors: 1 });
  });

  it('stop after one whose inside fails in another subgraph', async () => {
    const { data, errors } = await shop.run('mutation { id: thing { id: broken } next }');
    expect({ data, done, path: errors![0]!.path }).toEqual({
      data: null,
      done: ['thing'],
      path: ['id', 'id'],
    });
  });

  it('go on after a field that may be null', async () => {
    const { data, errors } = await shop.run('mutation { may mayThing { broken } next }');
    expect({ data, done, errors: errors!.length }).toEqual({
      data: { may: null, mayThing: null, next: 5 },
      done: ['may', 'mayThing', 'next'],
      errors: 2,
    });
  });
});

describe('introspection', () => {
  it('answers all that graphql-js knows, under any alias and condition', async () => {
    const one: SmallSubgraph = {
      typeDefs: 'type Query { a(in: In): Int } input In { a: Int }',
      resolvers: {},
    };
    const shop = federation({ one });
    const query = `query ($name: String!, $yes: Boolean!) {
      a ...S @include(if: $yes) constructor: __type(name: $name) { ...T isOneOf @include(if: $yes) }
      b: __typename @skip(if: true)
    } fragment S on Query { __schema { queryType { name } } } fragment T on __Type { name isOneOf inputFields(includeDeprecated: true) { name } }`;
    expect(await shop.run(query, { name: 'In', yes: true })).toEqual({
      data: {
        a: null,
        __schema: { queryType: { name: 'Query' } },
        constructor: { name: 'In', isOneOf: false, inputFields: [{ name: 'a' }] },
      },
    });
    expect((await shop.run(query, { name: 'Nobody', yes: false })).data).toEqual({
      a: null,
      constructor: null,
    });
  });
});
