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

/**
 * PosPro serves a report again for five minutes, and keeps a thousand. So it is asked for more of them: for each day in each spelling of
 * the branch's id, which is another question.
 */
export const dailyReport: Row = {
  name: 'daily-report',
  scales: true,
  async measure(bench) {
    const { day, days, branchId } = bench.fixture;
    const row = { clients: 1, bare: () => bareGet(`/daily?date=${day}`) };
    return [
      await measurePair(bench, {
        ...row,
        name: 'daily-report',
        title: 'daily report of 3,855 orders',
        ours: (_, round) => {
          const date = days[round % days.length]!;
          const branch = spelling(branchId, Math.floor(round / days.length));
          return restGet(bench, `/pos/reports/daily?date=${date}&branch_id=${branch}`);
        },
        targets: [{ figure: 'p50Ms', maximum: 10 }],
      }),
      await measurePair(bench, {
        ...row,
        name: 'daily-report-again',
        title: 'the same report again within five minutes',
        ours: () => restGet(bench, `/pos/reports/daily?date=${day}`),
        targets: [],
      }),
    ];
  },
};

/** An id with some of its letters in upper case: another one for each number. */
function spelling(id: string, number: number): string {
  let letter = 0;
  return id.replace(/[a-f]/g, (small) => ((number >> letter++) % 2 === 1 ? small.toUpperCase() : small));
}
