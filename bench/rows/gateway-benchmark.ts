/**
 * The four subgraphs and the query of the public gateway benchmark (graphql-hive/graphql-gateways-benchmark, MIT licence, © 2023 The
 * Guild): schemas, data and answers as there, with other texts of the same lengths in place of its placeholder texts.
 */
import type { SmallSubgraph } from '#test/gateway/executor/federated';

const USERS = (
  [
    ['Uri Goldshtein', 'urigo'],
    ['Dotan Simha', 'dotansimha'],
    ['Kamil Kisiela', 'kamilkisiela'],
    ['Arda Tanrikulu', 'ardatan'],
    ['Gil Gardosh', 'gilgardosh'],
    ['Laurin Quast', 'laurin'],
  ] as const
).map(([name, username], index) => ({ id: String(index + 1), name, username, birthday: 1_234_567_890 }));

const PRODUCTS = (
  [
    ['Table', 899, 100],
    ['Couch', 1299, 1000],
    ['Glass', 15, 20],
    ['Chair', 499, 100],
    ['TV', 1299, 1000],
    ['Lamp', 6999, 300],
    ['Grill', 3999, 2000],
    ['Fridge', 100_000, 6000],
    ['Sofa', 9999, 800],
  ] as const
).map(([name, price, weight], index) => ({ upc: String(index + 1), name, price, weight }));

const IN_STOCK = new Set(['1', '5', '6', '7', '9']);

/** Product and length of the text of each review. */
const REVIEWS = (
  [
    ['1', 445],
    ['1', 290],
    ['1', 275],
    ['1', 146],
    ['2', 445],
    ['2', 290],
    ['2', 275],
    ['2', 146],
    ['3', 146],
    ['4', 146],
    ['4', 851],
  ] as const
).map(([upc, length], index) => ({
  id: String(index + 1),
  body: 'a review '.repeat(length / 9 + 1).slice(0, length),
  product: { upc },
  author: { id: '1', username: 'urigo' },
}));

interface User {
  readonly id: string;
}
interface Product {
  readonly upc: string;
}
interface WeighedProduct extends Product {
  readonly price: number;
  readonly weight: number;
}

const userById = ({ id }: User) => USERS.find((user) => user.id === id);
const productByUpc = ({ upc }: Product) => PRODUCTS.find((product) => product.upc === upc);
const topProducts = (_root: unknown, { first }: { first: number }) => PRODUCTS.slice(0, first);
const reviewsOfUser = () => REVIEWS.slice(0, 2);
const reviewsOfProduct = ({ upc }: Product) => REVIEWS.filter(({ product }) => product.upc === upc);
const inStock = ({ upc }: Product) => IN_STOCK.has(upc);
const shippingEstimate = ({ price, weight }: WeighedProduct) => (price > 1000 ? 0 : Math.floor(weight / 2));

/** The federation. */
export const SUBGRAPHS: Readonly<Record<string, SmallSubgraph>> = {
  accounts: {
    typeDefs: `
      type Query { me: User user(id: ID!): User users: [User] }
      type User @key(fields: "id") { id: ID! name: String username: String @shareable birthday: Int }`,
    resolvers: {
      Query: { me: () => USERS[0], user: (_root: unknown, key: User) => userById(key), users: () => USERS },
      User: { __resolveReference: userById },
    },
  },
  inventory: {
    typeDefs: `
      type Product @key(fields: "upc") {
        upc: String! weight: Int @external price: Int @external inStock: Boolean
        shippingEstimate: Int @requires(fields: "price weight")
      }`,
    resolvers: { Product: { __resolveReference: (product: Product) => product, inStock, shippingEstimate } },
  },
  products: {
    typeDefs: `
      type Query { topProducts(first: Int = 5): [Product] }
      type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`,
    resolvers: { Query: { topProducts }, Product: { __resolveReference: productByUpc } },
  },
  reviews: {
    typeDefs: `
      type Review @key(fields: "id") { id: ID! body: String product: Product author: User @provides(fields: "username") }
      type User @key(fields: "id") { id: ID! username: String @external reviews: [Review] }
      type Product @key(fields: "upc") { upc: String! reviews: [Review] }`,
    resolvers: {
      Review: { __resolveReference: ({ id }: User) => REVIEWS.find((review) => review.id === id) },
      User: { __resolveReference: (user: User) => user, reviews: reviewsOfUser },
      Product: { __resolveReference: (product: Product) => product, reviews: reviewsOfProduct },
    },
  },
};

/** The same graph as one schema. */
export const MONOLITH: SmallSubgraph = {
  typeDefs: `
    type Query { users: [User] topProducts(first: Int = 5): [Product] }
    type User { id: ID! name: String username: String birthday: Int reviews: [Review] }
    type Product { upc: String! name: String price: Int weight: Int inStock: Boolean shippingEstimate: Int reviews: [Review] }
    type Review { id: ID! body: String product: Product author: User }`,
  resolvers: {
    Query: { users: () => USERS, topProducts },
    User: { reviews: reviewsOfUser },
    Product: { inStock, shippingEstimate, reviews: reviewsOfProduct },
    Review: {
      product: ({ product }: { product: Product }) => productByUpc(product),
      author: ({ author }: { author: User }) => userById(author),
    },
  },
};

/** The query of its k6 script. */
export const QUERY = `
  fragment User on User { id username name }
  fragment Review on Review { id body }
  fragment Product on Product { inStock name price shippingEstimate upc weight }
  query TestQuery {
    users {
      ...User
      reviews { ...Review product { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } } }
    }
    topProducts { ...Product reviews { ...Review author { ...User reviews { ...Review product { ...Product } } } } }
  }`;
