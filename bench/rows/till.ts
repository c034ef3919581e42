/** What a till asks: ping, scan and checkout. */
import { randomUUID } from 'node:crypto';
import { measurePair } from '../measure-pair';
import type { RequestOf } from '../load';
import type { Bench, Row } from '../row';
import { bareGet, barePost, graphql, pick, restGet, restPost } from './requests';

export const CLIENTS = 16;
const MANY_CLIENTS = 100;
const LINES = 3;

export const ping: Row = {
  name: 'ping',
  measure: async (bench) => [
    await measurePair(bench, {
      name: 'ping',
      title: '`GET /api/v1/ping`',
      clients: CLIENTS,
      ours: () => restGet(bench, '/ping'),
      bare: () => bareGet('/ping'),
      targets: [
        { figure: 'ratio', minimum: 0.4 },
        { figure: 'nodeCpuMs', maximum: 0.15 },
      ],
    }),
  ],
};

const oursScan = (bench: Bench) => (client: number, round: number) =>
  restGet(bench, `/pos/scan/${pick(bench.fixture.barcodes, client, round)}`);

const bareScan =
  ({ fixture }: Bench) =>
  (client: number, round: number) =>
    bareGet(`/scan?barcode=${pick(fixture.barcodes, client, round)}`);

export const scanRest: Row = {
  name: 'scan-rest',
  scales: true,
  measure: async (bench) => [
    await measurePair(bench, {
      name: 'scan-rest',
      title: 'scan over REST',
      clients: CLIENTS,
      ours: oursScan(bench),
      bare: bareScan(bench),
      targets: [
        { figure: 'ratio', minimum: 0.5 },
        { figure: 'nodeCpuMs', maximum: 0.45 },
        { figure: 'postgresCpuMs', maximum: 0.25 },
        { figure: 'statements', maximum: 1 },
      ],
    }),
  ],
};

const SCAN = `query Scan($barcode: String!) { scanProduct(barcode: $barcode) {
  id productId variantId sku barcode name price currency taxRate taxIncluded unit quantity available imageUrl scannedAt
} }`;

export const scanGraphql: Row = {
  name: 'scan-graphql',
  async measure(bench) {
    const row = {
      ours: (client: number, round: number) =>
        graphql(bench, SCAN, { barcode: pick(bench.fixture.barcodes, client, round) }),
      bare: bareScan(bench),
    };
    return [
      await measurePair(bench, {
        ...row,
        name: 'scan-graphql',
        title: 'scan over GraphQL',
        clients: CLIENTS,
        targets: [{ figure: 'ratio', minimum: 0.4 }],
      }),
      await measurePair(bench, {
        ...row,
        name: 'scan-graphql-100',
        title: 'scan over GraphQL, 100 clients',
        clients: MANY_CLIENTS,
        targets: [{ figure: 'p99Ms', maximum: 100 }],
      }),
    ];
  },
};

/** Three items to sell, each client at its own register. */
export function soldItems({ fixture }: Bench, register: string, client: number, round: number): object {
  return {
    register_id: register,
    items: Array.from({ length: LINES }, (_, line) => ({
      sku: pick(fixture.skus, client, round * LINES + line),
      quantity: line + 1,
    })),
    client_reference: randomUUID(),
  };
}

const CASH = { payments: [{ method: 'cash', amount: '500' }] };

export const oursCheckout = (bench: Bench) => (client: number, round: number) => {
  const items = soldItems(bench, bench.fixture.registers.ours[client]!, client, round);
  return restPost(bench, '/pos/checkout', { ...items, ...CASH });
};

export const bareCheckout = (bench: Bench) => (client: number, round: number) => {
  const items = soldItems(bench, bench.fixture.registers.bare[client]!, client, round);
  return barePost('/checkout', { ...items, ...CASH });
};

export const checkout: Row = {
  name: 'checkout',
  measure: async (bench) => [
    await measurePair(bench, {
      name: 'checkout',
      title: `checkout of ${LINES} lines at ${CLIENTS} registers`,
      clients: CLIENTS,
      ours: oursCheckout(bench),
      bare: bareCheckout(bench),
      targets: [
        { figure: 'ratio', minimum: 0.5 },
        { figure: 'nodeCpuMs', maximum: 3.5 },
        { figure: 'postgresCpuMs', maximum: 3.5 },
      ],
    }),
  ],
};

/** The work of a till: each sale follows the scans of its items. */
export function requestsOfTill(bench: Bench): RequestOf {
  const [scanOne, sell] = [oursScan(bench), oursCheckout(bench)];
  return (client, round) => (round % (LINES + 1) < LINES ? scanOne(client, round) : sell(client, round));
}
