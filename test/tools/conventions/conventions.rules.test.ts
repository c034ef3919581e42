import { buildSchema } from 'graphql';
import { conventionErrors } from '#tools/conventions/conventions.rules';
import { EXCEPTIONS } from '#tools/conventions/exceptions';

/** The rules that a schema breaks, each with its place; stale exceptions, which every small schema has, are left aside. */
function brokenRules(sdl: string, paths: Readonly<Record<string, string>> = {}): string[] {
  const errors = conventionErrors(buildSchema(`scalar Date scalar DateTime ${sdl}`), {
    isEntity: (type) => ['Customer', 'Product'].includes(type),
    pathsOf: (coordinate) => (paths[coordinate] === undefined ? [] : [paths[coordinate]]),
  });
  return errors
    .filter(({ message }) => !message.startsWith('This exception'))
    .map(({ rule, coordinate }) => `${rule} ${coordinate}`);
}

const PRODUCT = 'type Product { id: ID! name: String! }';
const PAGE =
  'items: [Product!]! total: Int! totalIsEstimate: Boolean! page: Int! size: Int! pages: Int! hasNextPage: Boolean! nextCursor: String';
const LIST = 'page: Int, size: Int, cursor: String, sort: String';

describe('the conventions of the API', () => {
  it.each<[string, string, string[], Record<string, string>?]>([
    ['a page with all its fields and arguments', `${PRODUCT} type ProductPage { ${PAGE} } type Query { products(${LIST}): ProductPage! }`, []],
    ['a page without hasNextPage', `${PRODUCT} type ProductPage { items: [Product!]! total: Int! totalIsEstimate: Boolean! page: Int! size: Int! pages: Int! nextCursor: String } type Query { products(${LIST}): ProductPage! }`, ['page ProductPage']],
    ['a list without a cursor', `${PRODUCT} type ProductPage { ${PAGE} } type Query { products(page: Int, size: Int, sort: String): ProductPage! }`, ['page Query.products']],
    ['a plain list', `${PRODUCT} type Query { products: [Product!]! }`, ['plain-list Query.products']],
    ['another word for search', `${PRODUCT} type ProductPage { ${PAGE} } type Query { products(q: String, ${LIST}): ProductPage! }`, ['list-words Query.products(q:)']],
    ['a list of what changes', `type Product { id: ID! updatedAt: DateTime! } type ProductPage { ${PAGE} } type Query { products(${LIST}): ProductPage! }`, ['updated-since Query.products']],
    ['a version without the moment of the last change', 'type Product { id: ID! version: Int! } type Query { product: Product }', ['updated-since Product']],
    ['an id that is a text, and a code that is an id', 'type Query { a(entityId: String, sku: ID): Int }', ['ids Query.a(entityId:)', 'ids Query.a(sku:)']],
    ['an id without its object', 'type Sale { id: ID! customerId: ID } type Query { sale: Sale }', ['relations Sale.customerId']],
    ['ids without their objects', 'type List { id: ID! categoryIds: [ID!]! } type Query { list: List }', ['relations List.categoryIds']],
    ['an object without its id', `${PRODUCT} type Line { product: Product! } type Query { line: Line }`, ['relations Line.product']],
    ['both', `${PRODUCT} type Line { productId: ID! product: Product! } type Query { line: Line }`, []],
    ['two ids in a path', `${PRODUCT} type Query { a(id: ID!, productId: ID!): Product }`, ['path-arguments Query.a(id:)'], { 'Query.a': '/lists/{id}/products/{product_id}' }],
    ['the id of another entity', `${PRODUCT} type ProductPage { ${PAGE} } type Query { prices(id: ID!, ${LIST}): ProductPage! }`, ['path-arguments Query.prices(id:)'], { 'Query.prices': '/lists/{id}/products' }],
    ['an abbreviated id', 'type Query { a(vid: ID!): Int }', ['path-arguments Query.a(vid:)']],
    ['half a range', 'type Query { a("First day, inclusive." from: Date): Int }', ['ranges Query.a']],
    ['a range of moments that does not say where it ends', 'type Query { a("From, inclusive." from: DateTime, "To, inclusive." to: DateTime): Int }', ['ranges Query.a(to:)']],
    ['a range of days', 'type Query { a("First day, inclusive." from: Date, "Last day, inclusive." to: Date): Int }', []],
    ['a deletion of its own', 'type DeletedThing { id: ID! } type Query { a: Int } type Mutation { deleteThing(id: ID!): DeletedThing! }', ['deletions Mutation.deleteThing', 'deletions DeletedThing']],
    ['another type for net and tax by rate', 'type RateSum { rate: Int net: Int tax: Int } type Query { a: RateSum }', ['same-names RateSum']],
    ['another name for a list of taxes', 'type TaxTotal { rate: Int net: Int tax: Int } type Query { taxes: TaxTotal }', ['same-names Query.taxes']],
    ['a count in the singular', 'type Report { itemCount: Int } type Query { a: Report }', ['same-names Report.itemCount']],
  ])('%s', (...[, sdl, broken, paths]) => {
    expect(brokenRules(sdl, paths)).toEqual(broken);
  }); // prettier-ignore

  it('has a reason for each exception, and reports exceptions that are no longer needed', () => {
    expect(EXCEPTIONS.filter(({ reason }) => !/\w.*\.$/.test(reason))).toEqual([]);
    const errors = conventionErrors(buildSchema('type Query { a: Int }'), {
      isEntity: () => false,
      pathsOf: () => [],
    });
    expect(errors.map(({ rule, coordinate }) => `${rule} ${coordinate}`)).toEqual(
      EXCEPTIONS.map(({ rule, coordinate }) => `${rule} ${coordinate}`),
    );
  });
});
