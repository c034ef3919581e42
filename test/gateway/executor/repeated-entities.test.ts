/** Entities in several places of an answer: each is requested once, and each place gets its own data and errors. */
import { federation, type SmallSubgraph } from '#test/gateway/executor/federated';

const sales: SmallSubgraph = {
  typeDefs: `
    type Query { lines: [Line!]! owned: [Owned!]! }
    type Line { item: Item }
    union Owned = Item | Brand
    type Item @key(fields: "id") { id: ID! owner: Person }
    type Brand @key(fields: "id") { id: ID! owner: Person }
    type Person @key(fields: "id") { id: ID! home: Home @shareable }
    type Home @shareable { street: String }
  `,
  resolvers: {
    Query: {
      lines: () => ['1', '2', '1', '3', '2', '1'].map((id) => ({ item: { id } })),
      owned: () => [
        { __typename: 'Item', id: '1', owner: { id: 'p' } },
        { __typename: 'Brand', id: '2', owner: { id: 'p' } },
        { __typename: 'Item', id: '3', owner: { id: 'q' } },
      ],
    },
  },
};

const catalog: SmallSubgraph = {
  typeDefs: `
    type Item @key(fields: "id") { id: ID! name: String! parts: [Part!]! maker: Maker risky: String options: Options }
    type Part @key(fields: "id") { id: ID! size: Int }
    type Maker @key(fields: "id") { id: ID! }
    type Options { color: String }
    type Person @key(fields: "id") { id: ID! home: Home @shareable }
    type Home @shareable { city: City }
    type City @key(fields: "id") { id: ID! }
  `,
  resolvers: {
    Item: {
      __resolveReference: ({ id }: { id: string }) => (id === '3' ? null : { id, name: `item ${id}` }),
      parts: ({ id }: { id: string }) => [{ id: `${id}a`, size: 1 }, { id: `${id}b` }],
      maker: () => ({ id: 'm' }),
      options: () => ({ color: 'red' }),
      risky: ({ id }: { id: string }) => {
        if (id === '1') throw new Error('risky');
        return `fine ${id}`;
      },
    },
    Person: {
      __resolveReference: ({ id }: { id: string }) => ({ id, home: { city: { id: `c${id}` } } }),
    },
  },
};

const stock: SmallSubgraph = {
  typeDefs: `
    type Part @key(fields: "id") { id: ID! onHand: Int }
    type Maker @key(fields: "id") { id: ID! phone: String }
    type City @key(fields: "id") { id: ID! zip: String name: String }
  `,
  resolvers: {
    Part: {
      onHand: ({ id }: { id: string }) => {
        if (id === '1b') throw new Error('uncounted');
        return id.length;
      },
    },
    Maker: { phone: () => '555' },
    City: { zip: ({ id }: { id: string }) => `zip ${id}`, name: ({ id }: { id: string }) => `name ${id}` },
  },
};

const shop = federation({ sales, catalog, stock });
beforeEach(() => void shop.fetches.splice(0));

const ids = (representations: unknown) =>
  (representations as { id: string }[] | undefined)?.map(({ id }) => id);

it('are requested once', async () => {
  const { data, errors } = await shop.run('{ lines { item { name parts { id onHand } maker { phone } } } }');
  expect(shop.fetches.map(({ name, representations }) => [name, ids(representations)])).toEqual([
    ['sales', undefined],
    ['catalog', ['1', '2', '3']],
    ['stock', ['1a', '1b', '2a', '2b']],
    ['stock', ['m']],
  ]);
  const item = (id: string) => ({
    item: {
      name: `item ${id}`,
      parts: [
        { id: `${id}a`, onHand: 2 },
        { id: `${id}b`, onHand: id === '1' ? null : 2 },
      ],
      maker: { phone: '555' },
    },
  });
  expect(data).toEqual({
    lines: [item('1'), item('2'), item('1'), { item: null }, item('2'), item('1')],
  });
  expect(errors).toHaveLength(3);
});

it('have an error at each place, in the order of the places', async () => {
  const { data, errors } = await shop.run('{ lines { i: item { r: risky parts { onHand } } } }');
  expect(errors!.map(({ path, extensions }) => [path!.join('.'), extensions.code])).toEqual([
    ['lines.0.i.r', 'INTERNAL'],
    ['lines.2.i.r', 'INTERNAL'],
    ['lines.5.i.r', 'INTERNAL'],
    ['lines.0.i.parts.1.onHand', 'INTERNAL'],
    ['lines.2.i.parts.1.onHand', 'INTERNAL'],
    ['lines.5.i.parts.1.onHand', 'INTERNAL'],
  ]);
  expect(data!.lines).toHaveLength(6);
});

it('get what is selected for each place, also if one object was selected in two ways', async () => {
  const query = `{ owned {
    ... on Item { owner { home { street city { zip } } } }
    ... on Brand { owner { home { city { label: name } } } }
  } }`;
  expect(await shop.run(query)).toEqual({
    data: {
      owned: [
        { owner: { home: { street: null, city: { zip: 'zip cp' } } } },
        { owner: { home: { city: { label: 'name cp' } } } },
        { owner: { home: { street: null, city: { zip: 'zip cq' } } } },
      ],
    },
  });
});
