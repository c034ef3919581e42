/** A small graph of three subgraphs, enough to need every kind of plan: entities, interfaces, unions, lists of lists, errors. */
import { EventEmitter } from 'node:events';
import { parse } from 'graphql';
import { pino } from 'pino';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Actor } from '#kernel/auth/actor';
import type { RequestContext } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { notFound, PosProError } from '#kernel/errors';
import { loader } from '#kernel/graph/loader';
import type { SubgraphModule } from '#kernel/graph/subgraph';
import { listTotals } from '#kernel/list-totals';

/** Emits `start` when the field `slow` begins: from then on the request is in flight. */
export const slowCalls = new EventEmitter();

const shared = ['directives.graphql', 'scalars.graphql']
  .map((file) => readFileSync(path.join(__dirname, '../../kernel/graph', file), 'utf8'))
  .join('\n');
const sdl = (text: string) => parse(`${shared}\n${text}`, { noLocation: true });

interface Item {
  id: string;
  name: string;
  price: string;
  kind: 'thing' | 'service';
  parts: string[];
}

const items: Item[] = [
  { id: '1', name: 'Coffee', price: '3.50', kind: 'thing', parts: ['2', '3'] },
  { id: '2', name: 'Bean', price: '0.10', kind: 'thing', parts: [] },
  { id: '3', name: 'Service', price: '1.00', kind: 'service', parts: [] },
];
const itemById = new Map(items.map((item) => [item.id, item]));

/** How often each batch function ran, so that a test can count queries. */
export const batches: Record<string, readonly string[][]> = {};

function counted(name: string, keys: readonly string[]): void {
  batches[name] = [...(batches[name] ?? []), [...keys]];
}

export const catalog: SubgraphModule = {
  name: 'catalog',
  typeDefs: sdl(`
    type Query {
      item(id: ID!): Item @public
      items: [Item!]! @public
      search(text: String): [Found!]! @public
      named: [Named!]! @public
      page(size: Int): ItemPage! @public @listSize(slicingArguments: ["size"], sizedFields: ["items"])
      echo(amount: Money, quantity: Decimal = 1, at: DateTime, json: JSON, kind: Kind, list: [Int!], text: String): String! @public
      secret: String @auth(scopes: ["catalog:read"])
      slow(milliseconds: Int!): Int @public
      dear: Int @public @cost(weight: 5000)
      broken: String @public
      missing: Item! @public
      refused: Item @public
    }
    type Mutation {
      remember(word: String!): [String!]! @public
      check(input: CheckInput!): String! @public
    }
    input CheckInput { name: String! amount: Money lines: [LineInput!]! kind: Kind }
    input LineInput { quantity: Decimal! note: String }
    enum Kind { thing service secret @inaccessible }
    interface Named { name: String! }
    type Item implements Named @key(fields: "id") { id: ID! name: String! price: Money! kind: Kind! parts: [Item!]! grid: [[Item!]!]! rename: String! }
    type Brand implements Named { name: String! country: String }
    union Found = Item | Brand
    type ItemPage { items: [Item!]! total: Int! totalIsEstimate: Boolean! page: Int! size: Int! pages: Int! hasNextPage: Boolean! nextCursor: String }
  `),
  resolvers: {
    Query: {
      item: (_: unknown, { id }: { id: string }) => itemById.get(id),
      items: () => items,
      search: () => [
        { __typename: 'Item', ...items[0] },
        { __typename: 'Brand', name: 'Acme', country: 'PT' },
      ],
      named: () => [
        { __typename: 'Brand', name: 'Acme' },
        { __typename: 'Item', ...items[1] },
      ],
      page: (_: unknown, { size = 2 }: { size?: number }) => ({
        items: items.slice(0, size),
        page: 1,
        size,
        ...listTotals(size, () => Promise.resolve(items.length)),
        hasNextPage: false,
        nextCursor: null,
      }),
      echo: (_: unknown, args: Record<string, unknown>) =>
        JSON.stringify(args) +
        (args.amount === undefined || Decimal.isDecimal(args.amount)) +
        Decimal.isDecimal(args.quantity),
      secret: () => 'told',
      slow: (_: unknown, { milliseconds }: { milliseconds: number }) => {
        slowCalls.emit('start');
        return new Promise((resolve) => setTimeout(() => resolve(milliseconds), milliseconds).unref());
      },
      dear: () => 1,
      broken: () => {
        throw new Error('the password of the database is hunter2');
      },
      missing: () => null,
      refused: () => {
        throw notFound('item', '9');
      },
    },
    Mutation: {
      remember: (_: unknown, { word }: { word: string }, ctx: RequestContext) => {
        const words = (ctx.loaders.get('words') ?? []) as string[];
        // The first one takes longest: only in order do the words come out right.
        return new Promise((resolve) =>
          setTimeout(
            () => {
              words.push(word);
              ctx.loaders.set('words', words);
              resolve([...words]);
            },
            word === 'first' ? 30 : 1,
          ),
        );
      },
      check: (_: unknown, { input }: { input: { lines: { quantity: Decimal }[] } }) =>
        input.lines.map(({ quantity }) => quantity.toFixed(3)).join(' '),
    },
    Item: {
      __resolveReference: ({ id }: { id: string }, ctx: RequestContext) =>
        loader<Item>(ctx, 'item', (ids) => {
          counted('item', ids);
          return Promise.resolve(
            new Map(ids.flatMap((each) => (itemById.has(each) ? [[each, itemById.get(each)!]] : []))),
          );
        }).load(id),
      parts: (item: Item) => item.parts.map((id) => itemById.get(id)),
      grid: (item: Item) => [item.parts.map((id) => itemById.get(id)), [item]],
      rename: (item: Item) => `${item.name}!`,
    },
  },
};

const levels = new Map([
  ['1', 5],
  ['3', -1],
]);

const inventory: SubgraphModule = {
  name: 'inventory',
  typeDefs: sdl(`
    type Item @key(fields: "id") { id: ID! stock: Stock! level: Int risky: String label: String! @requires(fields: "name") name: String! @external }
    type Stock { onHand: Decimal! }
    type Query { lowest: Item @public }
    type Mutation { count(id: ID!): Stock! @public }
  `),
  resolvers: {
    Query: { lowest: () => ({ __typename: 'Item', id: '3' }) },
    Mutation: {
      count: (_: unknown, { id }: { id: string }) => ({ onHand: new Decimal(levels.get(id) ?? 0) }),
    },
    Item: {
      __resolveReference: (reference: { id: string; name?: string }) => reference,
      stock: async ({ id }: { id: string }, _: unknown, ctx: RequestContext) => {
        const level = await loader<number>(ctx, 'level', (ids) => {
          counted('level', ids);
          return Promise.resolve(levels);
        }).load(id);
        return level === undefined ? null : { onHand: new Decimal(level) };
      },
      level: ({ id }: { id: string }) => levels.get(id),
      risky: ({ id }: { id: string }) => {
        if (id === '2')
          throw new PosProError('ILLEGAL_STATE', 'The bean is being counted.', { details: { id } });
        return `fine ${id}`;
      },
      label: ({ name }: { name: string }) => name.toUpperCase(),
    },
  },
};

const sales: SubgraphModule = {
  name: 'sales',
  authenticate,
  typeDefs: sdl(`
    type Item @key(fields: "id", resolvable: false) { id: ID! }
    type Sale { id: ID! lines: [Line!]! }
    type Line { quantity: Int! item: Item }
    type Query { sales(first: Int = 2): [Sale!]! @public }
  `),
  resolvers: {
    Query: {
      sales: (_: unknown, { first }: { first: number }) =>
        [
          {
            id: 'a',
            lines: [
              { quantity: 1, item: { id: '1' } },
              { quantity: 2, item: { id: '2' } },
            ],
          },
          {
            id: 'b',
            lines: [
              { quantity: 3, item: { id: '1' } },
              { quantity: 4, item: { id: '404' } },
              { quantity: 5, item: null },
            ],
          },
        ].slice(0, first),
    },
  },
};

/** Who holds the token "good" may read the catalogue; no other token is known. */
function authenticate(_services: unknown, token: string): Promise<Actor> {
  if (token !== 'good') return Promise.reject(new PosProError('TOKEN_EXPIRED', 'The token has expired.'));
  const ids = {
    userId: 'u',
    organizationId: '018f3c5e-0000-7000-8000-000000000001',
    branchId: undefined,
    sessionId: 's',
  };
  return Promise.resolve({ kind: 'user', role: 'tester', scopes: new Set(['catalog:read']), ...ids });
}

/** The graph. */
export const fixtureSubgraphs: readonly SubgraphModule[] = [catalog, inventory, sales];

/** A request context that has what the fixture needs. */
export function fixtureContext(
  log = pino({ level: 'silent' }),
  actor: Actor = { kind: 'anonymous' },
): RequestContext {
  const details = {
    request: { requestId: 'r-1', address: '127.0.0.1' },
    actor,
    reply: {},
    loaders: new Map(),
    log,
  };
  return details as unknown as RequestContext;
}
