/** Lists and searches of products, and an order with everything that belongs to it. */
import { measurePair } from '../measure-pair';
import type { Row } from '../row';
import { bareGet, graphql, pick, restGet } from './requests';

const CLIENTS = 16;
/** The last one of 10,000 products. */
const DEEP_PAGE = 500;
const FIRST_WORDS = ['green', 'red', 'blue', 'small', 'large', 'organic'];
const SECOND_WORDS = ['apple', 'almond', 'bread', 'butter', 'candle', 'carrot'];
const MISSPELLED = ['gren appel', 'smal alomnd', 'organc bred', 'vintge candel', 'rosted carot'];
/** Each pair of words is in one of 144 products. */
const SEARCHES = FIRST_WORDS.flatMap((first, at) => [
  `${first} ${SECOND_WORDS[at]}`,
  `${first} ${SECOND_WORDS[(at + 1) % 6]}`,
]);

export const productList: Row = {
  name: 'products',
  scales: true,
  measure: async (bench) => [
    await measurePair(bench, {
      name: 'products',
      title: 'list of 20 products',
      clients: CLIENTS,
      ours: () => restGet(bench, '/products?size=20'),
      bare: () => bareGet('/products'),
      targets: [{ figure: 'perSecond', minimum: 800 }],
    }),
    await measurePair(bench, {
      name: 'products-deep',
      title: `page ${DEEP_PAGE} of the list of products`,
      clients: CLIENTS,
      ours: () => restGet(bench, `/products?size=20&page=${DEEP_PAGE}`),
      bare: () => bareGet(`/products?page=${DEEP_PAGE}`),
      targets: [{ figure: 'perSecond', minimum: 800 / 1.5 }],
    }),
  ],
};

const PRODUCTS = `{ products(size: 20) { items {
  id name variants { id sku price options barcodes stock { available onHand } }
} } }`;

export const productsGraphql: Row = {
  name: 'products-graphql',
  scales: true,
  measure: async (bench) => [
    await measurePair(bench, {
      name: 'products-graphql',
      title: '20 products with variants, prices, stock over GraphQL',
      clients: CLIENTS,
      ours: () => graphql(bench, PRODUCTS),
      bare: () => bareGet('/products-stock'),
      targets: [{ figure: 'perSecond', minimum: 400 }],
    }),
  ],
};

export const productSearch: Row = {
  name: 'search',
  scales: true,
  async measure(bench) {
    const million = bench.size.products >= 1_000_000;
    // One client: the target is the duration of a search, not of a queue.
    const clients = 1;
    const words = (searches: readonly string[], client: number, round: number) =>
      encodeURIComponent(pick(searches, client, round));
    return [
      await measurePair(bench, {
        name: 'search',
        title: '`products?search=`, two words',
        clients,
        ours: (client, round) => restGet(bench, `/products?size=20&search=${words(SEARCHES, client, round)}`),
        bare: (client, round) => bareGet(`/search?words=${words(SEARCHES, client, round)}`),
        targets: [{ figure: 'p50Ms', maximum: million ? 40 : 15 }],
      }),
      await measurePair(bench, {
        name: 'search-misspelled',
        title: "a till's search, two misspelled words",
        clients,
        ours: (client, round) =>
          restGet(bench, `/pos/products/search?size=20&q=${words(MISSPELLED, client, round)}`),
        bare: (client, round) => bareGet(`/search-similar?words=${words(MISSPELLED, client, round)}`),
        targets: [{ figure: 'p50Ms', maximum: million ? 40 : 25 }],
      }),
    ];
  },
};

const ORDER = `query Order($id: ID!) { order(id: $id) {
  id number total
  items { name quantity total product { id name stock { available } } }
  payments { method amount }
  cashier { name } customer { name } register { name } branch { name }
} }`;

export const orderDetails: Row = {
  name: 'order',
  measure: async (bench) => [
    await measurePair(bench, {
      name: 'order',
      title: 'order with items → product → stock, payments, cashier, customer, register, branch',
      clients: CLIENTS,
      ours: (client, round) => graphql(bench, ORDER, { id: pick(bench.fixture.orderIds, client, round) }),
      bare: (client, round) => bareGet(`/order?id=${pick(bench.fixture.orderIds, client, round)}`),
      targets: [{ figure: 'perSecond', minimum: 600 }],
    }),
  ],
};
