import { buildSchema } from 'graphql';
import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import { EntityPath, type Data } from '#gateway/executor/entity-path';
import { EntitySelection } from '#gateway/executor/representations';

const schema = buildSchema(`
  type Query { items: [Item] }
  interface Item { id: ID }
  type Book implements Item { id: ID sku: String weight: Int place: Place }
  type Film implements Item { id: ID sku: String }
  type Place { shelf: String room: String }
`);

const field = (name: string, selections?: QueryPlanSelectionNode[]): QueryPlanSelectionNode => ({
  kind: 'Field',
  name,
  ...(selections && { selections }),
});
const on = (typeCondition: string, ...selections: QueryPlanSelectionNode[]): QueryPlanSelectionNode => ({
  kind: 'InlineFragment',
  typeCondition,
  selections: [field('__typename'), ...selections],
});

/** The slots of the items, and the representations that they stand for. */
function gather(requires: QueryPlanSelectionNode[], items: unknown) {
  const selection = new EntitySelection(schema, new EntityPath(['items', '@']), requires, undefined);
  const { slots, representations, targets } = selection.gather({ items });
  return { slots, representations, targets };
}

const book = (fields: Data): Data => ({ __typename: 'Book', ...fields });

describe('representations', () => {
  it('are sent once for each distinct entity, in the order of the first places', () => {
    const items = [book({ id: 'b' }), book({ id: 'a' }), null, book({ id: 'b', sku: 'other' })];
    expect(gather([on('Book', field('id'))], items)).toEqual({
      slots: [0, 1, 0],
      representations: [book({ id: 'b' }), book({ id: 'a' })],
      targets: [items[0], items[1], items[3]],
    });
  });

  it.each<[string, Data, Data]>([
    ['a number and its text', { id: 1 }, { id: '1' }],
    ['null and its text', { id: null }, { id: 'null' }],
    ['another value of the second field', { id: '1', sku: 'a' }, { id: '1', sku: 'b' }],
    ['values that are equal when joined', { id: 'a,b', sku: 'c' }, { id: 'a', sku: 'b,c' }],
    ['values with a zero character', { id: 'a\0b', sku: 'c' }, { id: 'a', sku: 'b\0c' }],
    ['values with quotes', { id: 'a","sku":"b', sku: 'c' }, { id: 'a', sku: 'b","sku":"c' }],
  ])('stay apart: %s', (...[, one, other]) => {
    const requires = [on('Book', ...Object.keys(one).map((name) => field(name)))];
    expect(gather(requires, [book(one), book(other), book(one)])).toMatchObject({
      slots: [0, 1, 0],
      representations: [book(one), book(other)],
    });
  });

  it('of another type stay apart, also if one is the text of the other', () => {
    const requires = [on('Item', field('id'))];
    const film = { __typename: 'Film', id: '1' };
    const items = [book({ id: '1' }), film, book({ id: JSON.stringify(film) }), { ...film }];
    expect(gather(requires, items)).toMatchObject({
      slots: [0, 1, 2, 1],
      representations: [items[0], film, items[2]],
    });
  });

  it('have only the fields of the own type', () => {
    const requires = [on('Book', field('id')), on('Film', field('sku'))];
    const items = [book({ id: '1', sku: 's' }), { __typename: 'Film', id: '1', sku: 's' }];
    expect(gather(requires, items).representations).toEqual([
      book({ id: '1' }),
      { __typename: 'Film', sku: 's' },
    ]);
  });

  it('are compared inside', () => {
    const requires = [on('Book', field('id'), field('place', [field('shelf')]))];
    const at = (shelf: string | null, room: string) => book({ id: '1', place: { shelf, room } });
    const items = [at('a', 'x'), at('a', 'y'), at('b', 'x'), book({ id: '1', place: null }), at(null, 'x')];
    expect(gather(requires, items)).toMatchObject({
      slots: [0, 0, 1, 2, 3],
      representations: [
        book({ id: '1', place: { shelf: 'a' } }),
        book({ id: '1', place: { shelf: 'b' } }),
        book({ id: '1', place: null }),
        book({ id: '1', place: { shelf: null } }),
      ],
    });
  });

  it('are compared as texts where a field has an object', () => {
    const requires = [on('Book', field('id'), field('place'))];
    const items = [book({ id: '1', place: { a: 1 } }), book({ id: '1', place: { a: 1 } })];
    expect(gather(requires, items)).toMatchObject({ slots: [0, 0], representations: [items[0]] });
  });

  it('are not made without a required field', () => {
    const items = [book({ id: '1' }), book({ id: '1', weight: null }), { id: '1', weight: 2 }];
    expect(gather([on('Book', field('id'), field('weight'))], items)).toEqual({
      slots: [0],
      representations: [items[1]],
      targets: [items[1]],
    });
  });
});

describe('a path', () => {
  const nested = { a: [{ b: [[{ id: 1 }, null], [{ id: 2 }]] }, { b: null }, null, { b: [[{ id: 3 }]] }] };
  const entities = [{ id: 1 }, { id: 2 }, { id: 3 }];

  it.each([[['a', '@', 'b', '@', '@']], [['a', '@', 'b', '@']], [['a', 'b']]])(
    'leads to every object: %j',
    (path) => {
      const found = new EntityPath(path).entitiesIn(nested);
      expect(found).toEqual(entities);
      const places = new EntityPath(path).placesIn(nested);
      expect(found.map((entity) => places.get(entity))).toEqual([
        ['a', 0, 'b', 0, 0],
        ['a', 0, 'b', 1, 0],
        ['a', 3, 'b', 0, 0],
      ]);
    },
  );

  it.each([
    [['a', '@', 'c']],
    [['b', '@']],
    [['a', '@', 'b', '@', '@', 'id']],
    [['a', '@', 'b', '@', '@', '@']],
  ])('leads nowhere: %j', (path) => {
    expect(new EntityPath(path).entitiesIn(nested)).toEqual([]);
    expect(new EntityPath(path).placesIn(nested).size).toBe(0);
  });
});
