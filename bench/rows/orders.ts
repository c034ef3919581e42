/** Lists, files and reports of orders. */
import { FIRST_BYTE, measurePair } from '../measure-pair';
import type { Row } from '../row';
import { bareGet, restGet } from './requests';

const CLIENTS = 16;

export const orderList: Row = {
  name: 'orders',
  scales: true,
  measure: async (bench) => [
    await measurePair(bench, {
      name: 'orders',
      title: '`orders?size=50`',
      clients: CLIENTS,
      ours: () => restGet(bench, '/orders?size=50'),
      bare: () => bareGet('/orders'),
      targets: [{ figure: 'perSecond', minimum: 250 }],
    }),
  ],
};

/** The day has 3,855 orders of three lines. */
const CSV_LINES = 3_855 * 3;

export const ordersCsv: Row = {
  name: 'orders-csv',
  measure: async (bench) => [
    await measurePair(bench, {
      name: 'orders-csv',
      title: "CSV of a day's 3,855 orders",
      clients: 1,
      unit: 'lines',
      unitsAnOperation: CSV_LINES,
      firstByte: true,
      ours: () => restGet(bench, `/orders?format=csv&date=${bench.fixture.day}`),
      bare: () => bareGet(`/orders.csv?date=${bench.fixture.day}`),
      targets: [
        { figure: 'perSecond', minimum: 40_000 },
        { figure: FIRST_BYTE, maximum: 50 },
      ],
    }),
  ],
};

export const dailyReport: Row = {
  name: 'daily-report',
  scales: true,
  measure: async (bench) => [
    await measurePair(bench, {
      name: 'daily-report',
      title: 'daily report of 3,855 orders',
      clients: 1,
      ours: () => restGet(bench, `/pos/reports/daily?date=${bench.fixture.day}`),
      bare: () => bareGet(`/daily?date=${bench.fixture.day}`),
      targets: [{ figure: 'p50Ms', maximum: 10 }],
    }),
  ],
};
