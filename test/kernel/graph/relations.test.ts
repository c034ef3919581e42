import { graphql } from 'graphql';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { addRelationResolvers } from '#kernel/graph/relations';

const SHELVES = new Map([['s1', { id: 's1', name: 'Teas' }]]);

const schema = buildSubgraphSchema([
  {
    typeDefs: parse(`
      extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
      type Query { things: [Thing!]! }
      type Thing { shelfId: ID shelf: Shelf branchId: ID branch: Branch tagIds: [ID!] tags: [Tag!] ownerId: ID owner: Branch }
      type Shelf @key(fields: "id") { id: ID! name: String }
      type Tag @key(fields: "id", resolvable: false) { id: ID! }
      type Branch @key(fields: "id", resolvable: false) { id: ID! }`),
    resolvers: {
      Query: {
        things: () => [
          { shelfId: 's1', branchId: 'b1', tagIds: ['t1', 't2'], boss: 'b2' },
          { shelfId: null, branchId: null, tagIds: null, boss: null },
        ],
      },
      Thing: { ownerId: ({ boss }: { boss: string | null }) => boss },
      Shelf: { __resolveReference: ({ id }: { id: string }) => SHELVES.get(id) },
    },
  },
]);
addRelationResolvers(schema);

it('finds an object by its id: in the own domain, as a reference to another one, in lists, and by the resolver of the id', async () => {
  const source = '{ things { shelf { name } branch { __typename id } tags { id } owner { id } } }';
  const { data, errors } = await graphql({ schema, source });
  expect(errors).toBeUndefined();
  expect(JSON.parse(JSON.stringify(data))).toEqual({
    things: [
      {
        shelf: { name: 'Teas' },
        branch: { __typename: 'Branch', id: 'b1' },
        tags: [{ id: 't1' }, { id: 't2' }],
        owner: { id: 'b2' },
      },
      { shelf: null, branch: null, tags: null, owner: null },
    ],
  });
});
