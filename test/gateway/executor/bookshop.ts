/** The same shop twice: as one schema, and cut into subgraphs that meet every kind of key, @requires and @provides. */
import type { GraphQLSchema } from 'graphql';
import { executable, type SmallSubgraph } from '#test/gateway/executor/federated';

interface Product {
  __typename: 'Book' | 'Film';
  upc: string;
  sku: string;
  title: string;
  weight: number;
  pages: number | null;
  minutes: number | null;
}

const products: Product[] = [
  { __typename: 'Book', upc: 'u1', sku: 's1', title: 'Emma', weight: 3, pages: 400, minutes: null },
  { __typename: 'Film', upc: 'u2', sku: 's2', title: 'Alien', weight: 0, pages: null, minutes: 117 },
  { __typename: 'Book', upc: 'u3', sku: 's3', title: '', weight: 7, pages: null, minutes: null },
];
const byUpc = (upc: string) => products.find((product) => product.upc === upc)!;
const bySku = (sku: string) => products.find((product) => product.sku === sku)!;

const orders = [
  { id: 'o1', total: '12.50', number: 1, customerId: 'c1', lines: [['u1', 1], ['u2', 2]] as const },
  { id: 'o2', total: '0.00', number: 2, customerId: 'c2', lines: [['u3', 5]] as const },
]; // prettier-ignore
type Order = (typeof orders)[number];
const orderById = (id: string) => orders.find((order) => order.id === id)!;

const customers = [
  { id: 'c1', name: 'Ann', email: 'ann@example.org', place: { country: 'PT', code: { a: '1', b: '2' } } },
  { id: 'c2', name: 'Bob', email: null, place: { country: 'CH', code: { a: '3', b: '4' } } },
];
type Customer = (typeof customers)[number];
const customerById = (id: string) => customers.find((customer) => customer.id === id)!;
const customerAt = ({ b }: { b: string }) => customers.find(({ place }) => place.code.b === b)!;

const price = (weight: number, currency: string, digits: number) =>
  `${currency} ${(weight * (currency === 'USD' ? 2 : 1)).toFixed(digits)}`;
const shipping = (weight: number, usd: string) => `${weight} for ${usd}`;
const due = (total: string, number: number, currency: string) => `${total} of ${number} in ${currency}`;
const paid = ({ id }: { id: string }) => [
  { amount: id === 'o1' ? '10.00' : '0', method: 'CASH' },
  { amount: '2.50', method: 'CARD' },
];
const greeting = (name: string, place: { code: { a: string } }) => `${name} of ${place.code.a}`;
const stars = (upc: string) => (upc === 'u2' ? null : upc.length);
const linesOf = (order: Order) => order.lines.map(([upc, quantity]) => ({ upc, quantity }));

const priceOf = (
  { weight }: { weight: number },
  { currency, digits }: { currency: string; digits: number },
) => price(weight, currency, digits);
const inUsd = (weight: number) => price(weight, 'USD', 2);
const inEur = (weight: number) => price(weight, 'EUR', 0);

const CORE = `
  enum Method { CASH CARD }
  type Payment { amount: String! method: Method! }
  type Code { a: String! b: String! }
  type Place { country: String! code: Code! }
`;

/** The shop in one piece, carried out by graphql-js. */
export const monolith: GraphQLSchema = executable({
  typeDefs: `${CORE}
    type Query {
      orders(size: Int = 2): [Order!]! order(id: ID!): Order products: [Product!]! product(upc: ID!): Product found: [Found!]! best: Product!
      customers: [Customer!]! bySku(sku: String!): Book
    }
    type Mutation { rename(id: ID!, name: String!): Customer! pay(order: ID!): Order! }
    type Subscription { orderPaid: Order! }
    union Found = Book | Film | Customer
    type Order { id: ID! number: Int! total: String! items: [Line!]! payments: [Payment!]! customer: Customer due(currency: String = "EUR"): String! }
    type Line { quantity: Int! product: Product! upc: ID }
    interface Product { upc: ID! title: String! price(currency: String = "EUR", digits: Int = 1): String! stars: Int }
    type Book implements Product {
      upc: ID! sku: String! title: String! weight: Int! price(currency: String = "EUR", digits: Int = 1): String! stars: Int pages: Int
      shipping: String! abroad: String! stock: Int!
    }
    type Film implements Product {
      upc: ID! sku: String! title: String! price(currency: String = "EUR", digits: Int = 1): String! stars: Int minutes: Int stock: Int!
    }
    type Customer { id: ID! name: String! email: String place: Place! greeting: String! orders: [Order!]! }
  `,
  resolvers: {
    Query: {
      orders: (_: unknown, { size }: { size: number }) => orders.slice(0, size),
      order: (_: unknown, { id }: { id: string }) => orders.find((order) => order.id === id),
      products: () => products,
      product: (_: unknown, { upc }: { upc: string }) => products.find((each) => each.upc === upc),
      found: () => [products[1], { __typename: 'Customer', ...customers[0] }, products[0]],
      best: () => products[1],
      customers: () => customers,
      bySku: (_: unknown, { sku }: { sku: string }) =>
        products.find((each) => each.sku === sku && each.__typename === 'Book'),
    },
    Mutation: {
      rename: (_: unknown, { id, name }: { id: string; name: string }) => ({
        ...customerById(id === 'c2' ? 'c2' : 'c1'),
        name,
      }),
      pay: (_: unknown, { order }: { order: string }) => orderById(order === 'o2' ? 'o2' : 'o1'),
    },
    Subscription: {
      orderPaid: {
        // eslint-disable-next-line @typescript-eslint/require-await -- a stream of what is there already
        subscribe: async function* () {
          yield { orderPaid: orders[1] };
        },
      },
    },
    Order: {
      items: linesOf,
      payments: paid,
      customer: ({ customerId }: Order) => customerById(customerId),
      due: ({ total, number }: Order, { currency }: { currency: string }) => due(total, number, currency),
    },
    Line: { product: ({ upc }: { upc: string }) => byUpc(upc) },
    Book: {
      price: priceOf,
      stars: ({ upc }: Product) => stars(upc),
      shipping: ({ weight }: Product) => shipping(weight, inUsd(weight)),
      abroad: ({ weight }: Product) => shipping(weight, inEur(weight)),
      stock: ({ sku }: Product) => sku.length,
    },
    Film: {
      price: priceOf,
      stars: ({ upc }: Product) => stars(upc),
      stock: ({ sku }: Product) => sku.length,
    },
    Customer: {
      greeting: ({ name, place }: Customer) => greeting(name, place),
      orders: ({ id }: Customer) => orders.filter(({ customerId }) => customerId === id),
    },
  },
});

const sales: SmallSubgraph = {
  typeDefs: `
    type Query { orders(size: Int = 2): [Order!]! order(id: ID!): Order }
    type Mutation { pay(order: ID!): Order! }
    type Subscription { orderPaid: Order! }
    type Order @key(fields: "id") { id: ID! number: Int! total: String! items: [Line!]! customer: Customer @provides(fields: "name") }
    type Line { quantity: Int! product: Product! upc: ID }
    interface Product @key(fields: "upc", resolvable: false) { upc: ID! }
    type Book implements Product @key(fields: "upc", resolvable: false) { upc: ID! }
    type Film implements Product @key(fields: "upc", resolvable: false) { upc: ID! }
    type Customer @key(fields: "id") { id: ID! name: String! @external orders: [Order!]! }
  `,
  resolvers: {
    Query: {
      orders: (_: unknown, { size }: { size: number }) => orders.slice(0, size),
      order: (_: unknown, { id }: { id: string }) => orders.find((order) => order.id === id),
    },
    Mutation: { pay: (_: unknown, { order }: { order: string }) => orderById(order === 'o2' ? 'o2' : 'o1') },
    Subscription: {
      orderPaid: {
        // eslint-disable-next-line @typescript-eslint/require-await -- a stream of what is there already
        subscribe: async function* () {
          yield orders[1];
        },
        resolve: (order: Order) => order,
      },
    },
    Order: {
      __resolveReference: ({ id }: { id: string }) => orderById(id),
      items: linesOf,
      customer: ({ customerId }: Order) => ({ id: customerId, name: customerById(customerId).name }),
    },
    Line: { product: ({ upc }: { upc: string }) => ({ __typename: byUpc(upc).__typename, upc }) },
    Customer: { orders: ({ id }: { id: string }) => orders.filter(({ customerId }) => customerId === id) },
  },
};

const payments: SmallSubgraph = {
  typeDefs: `
    enum Method { CASH CARD }
    type Payment { amount: String! method: Method! }
    type Order @key(fields: "id") {
      id: ID! payments: [Payment!]! total: String! @external number: Int! @external
      due(currency: String = "EUR"): String! @requires(fields: "total number")
    }
  `,
  resolvers: {
    Order: {
      payments: paid,
      due: ({ total, number }: Order, { currency }: { currency: string }) => due(total, number, currency),
    },
  },
};

const catalog: SmallSubgraph = {
  typeDefs: `
    type Query { products: [Product!]! product(upc: ID!): Product found: [Found!]! bySku(sku: String!): Book }
    union Found = Book | Film | Customer
    interface Product @key(fields: "upc") { upc: ID! title: String! price(currency: String = "EUR", digits: Int = 1): String! }
    type Book implements Product @key(fields: "upc") @key(fields: "sku") {
      upc: ID! sku: String! title: String! weight: Int! price(currency: String = "EUR", digits: Int = 1): String! pages: Int
    }
    type Film implements Product @key(fields: "upc") @key(fields: "sku") {
      upc: ID! sku: String! title: String! price(currency: String = "EUR", digits: Int = 1): String! minutes: Int
    }
    type Customer @key(fields: "id", resolvable: false) { id: ID! }
  `,
  resolvers: {
    Query: {
      products: () => products,
      product: (_: unknown, { upc }: { upc: string }) => products.find((each) => each.upc === upc),
      found: () => [products[1], { __typename: 'Customer', id: 'c1' }, products[0]],
      bySku: (_: unknown, { sku }: { sku: string }) =>
        products.find((each) => each.sku === sku && each.__typename === 'Book'),
    },
    Product: { __resolveReference: ({ upc }: Product) => byUpc(upc) },
    Book: {
      __resolveReference: ({ upc, sku }: Partial<Product>) => (upc ? byUpc(upc) : bySku(sku!)),
      price: priceOf,
    },
    Film: {
      __resolveReference: ({ upc, sku }: Partial<Product>) => (upc ? byUpc(upc) : bySku(sku!)),
      price: priceOf,
    },
  },
};

const stockroom: SmallSubgraph = {
  typeDefs: `
    type Book @key(fields: "sku") {
      sku: String! stock: Int! weight: Int! @external price(currency: String = "EUR", digits: Int = 1): String! @external
      shipping: String! @requires(fields: "weight price(currency: \\"USD\\", digits: 2)")
      abroad: String! @requires(fields: "price(currency: \\"EUR\\", digits: 0) weight")
    }
    type Film @key(fields: "sku") { sku: String! stock: Int! }
  `,
  resolvers: {
    Book: {
      stock: ({ sku }: Product) => sku.length,
      shipping: ({ weight, price: text }: { weight: number; price: string }) => shipping(weight, text),
      abroad: ({ weight, price: text }: { weight: number; price: string }) => shipping(weight, text),
    },
    Film: { stock: ({ sku }: Product) => sku.length },
  },
};

const reviews: SmallSubgraph = {
  typeDefs: `
    type Query { best: Product! }
    type Product @key(fields: "upc") @interfaceObject { upc: ID! stars: Int }
  `,
  resolvers: {
    Query: { best: () => ({ upc: 'u2' }) },
    Product: { stars: ({ upc }: Product) => stars(upc) },
  },
};

const people: SmallSubgraph = {
  typeDefs: `
    type Query { customers: [Customer!]! }
    type Mutation { rename(id: ID!, name: String!): Customer! }
    type Code @shareable { a: String! b: String! }
    type Place @shareable { country: String! code: Code! }
    type Customer @key(fields: "id") @key(fields: "email place { code { a b } }") {
      id: ID! name: String! @shareable email: String place: Place!
    }
  `,
  resolvers: {
    Query: { customers: () => customers },
    Mutation: {
      rename: (_: unknown, { id, name }: { id: string; name: string }) => ({
        ...customerById(id === 'c2' ? 'c2' : 'c1'),
        name,
      }),
    },
    Customer: {
      __resolveReference: ({ id, place }: Customer) => (id ? customerById(id) : customerAt(place.code)),
    },
  },
};

const letters: SmallSubgraph = {
  typeDefs: `
    type Code @shareable { a: String! b: String! }
    type Place @shareable { code: Code! }
    type Customer @key(fields: "email place { code { a b } }") {
      email: String place: Place! name: String! @external greeting: String! @requires(fields: "name")
    }
  `,
  resolvers: {
    Customer: {
      greeting: ({ name, place }: { name: string; place: { code: { a: string } } }) => greeting(name, place),
    },
  },
};

/** The shop in seven pieces. */
export const pieces = { sales, payments, catalog, stockroom, reviews, people, letters };
