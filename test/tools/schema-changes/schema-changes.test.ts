/** What the check of the schema lets through, and what it rejects. */
import { buildSchema } from 'graphql';
import { breakingChanges, deprecationErrors } from '#tools/schema-changes/schema-changes.rules';

const REASON = 'Since 2026-12-01, removed after 2027-06-01: Use `name`.';
const schemaOf = (goods: string, rest = '') =>
  buildSchema(`
    type Query { goods(search: String, first: Int): Goods! }
    type Goods { id: ID! ${goods} }
    enum Kind { whole part }
    input GoodsInput { name: String }
    ${rest}`);

describe('changes that break nobody', () => {
  it.each([
    ['a new field', 'name: String', 'name: String, brand: String'],
    ['a deprecated field', 'name: String', `name: String @deprecated(reason: "${REASON}")`],
    ['a field that is never null any more', 'name: String', 'name: String!'],
    ['an argument that may be left out', 'name: String', 'name(upper: Boolean): String'],
    ['another description', 'name: String', '"The name." name: String'],
  ])('%s', async (_, released, next) => {
    expect(await breakingChanges(schemaOf(released), schemaOf(next), '2026-12-01')).toEqual([]);
  });
});

describe('changes that break a client', () => {
  it.each([
    ['a field that is gone', 'name: String', 'other: String', "Goods.name: Field 'name' was removed"],
    ['another type', 'name: String', 'name: Int', 'Goods.name: Field'],
    ['a field that may be null', 'name: String!', 'name: String', 'Goods.name: Field'],
    ['an argument that is required', 'name: String', 'name(upper: Boolean!): String', 'Goods.name.upper'],
  ])('%s', async (_, released, next, start) => {
    const found = await breakingChanges(schemaOf(released), schemaOf(next), '2026-12-01');
    expect(found).toEqual([expect.stringContaining(start)]);
  });

  it('a value of an enum, and an input field that is required', async () => {
    const released = schemaOf('kind: Kind');
    const next = buildSchema(`
      type Query { goods(search: String, first: Int): Goods! }
      type Goods { id: ID! kind: Kind }
      enum Kind { whole }
      input GoodsInput { name: String, brand: String! }`);
    expect(await breakingChanges(released, next, '2026-12-01')).toEqual([
      expect.stringContaining('Kind.part'),
      expect.stringContaining('GoodsInput.brand'),
    ]);
  });
});

it('a part whose time is over may go, and no day before', async () => {
  const released = schemaOf(`name: String, old: String @deprecated(reason: "${REASON}")`);
  const next = schemaOf('name: String');
  expect(await breakingChanges(released, next, '2027-06-02')).toEqual([]);
  expect(await breakingChanges(released, next, '2027-06-01')).toEqual([expect.stringContaining('Goods.old')]);
  // What it belongs to may not.
  expect(await breakingChanges(released, schemaOf(''), '2027-06-02')).toEqual([
    expect.stringContaining('Goods.name'),
  ]);
});

describe('the reason of a deprecation', () => {
  it.each([
    ['a field', schemaOf(`old: String @deprecated(reason: "${REASON}")`)],
    ['an argument', schemaOf(`name(old: Int @deprecated(reason: "${REASON}")): String`)],
    ['a value', schemaOf('', `enum Size { s l @deprecated(reason: "${REASON}") }`)],
    ['an input field', schemaOf('', `input Size { s: Int l: Int @deprecated(reason: "${REASON}") }`)],
  ])('of %s with its dates is right', (_, schema) => {
    expect(deprecationErrors(schema)).toEqual([]);
  });

  it.each([
    ['the default one', '@deprecated'],
    ['without dates', '@deprecated(reason: "Use `name`.")'],
    ['without what to use', '@deprecated(reason: "Since 2026-12-01, removed after 2027-06-01.")'],
    [
      'with too short a time',
      '@deprecated(reason: "Since 2026-12-01, removed after 2027-05-31: Use `name`.")',
    ],
  ])('%s is rejected', (_, directive) => {
    expect(deprecationErrors(schemaOf(`old: String ${directive}`))).toEqual([
      expect.stringMatching(/^Goods\.old: /),
    ]);
  });
});
