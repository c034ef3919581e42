/** Reports of finance of a shop with a million orders, beside plain scans of its orders and lines. */
import { MILLION_SIZE } from '../fixture/size';
import { measurePair } from '../measure-pair';
import type { Row, RowResult } from '../row';
import { bareGet, restGet } from './requests';

const CLIENTS = 1;

/** Reports with the maximum of the median, in milliseconds: those from running totals have one. */
const REPORTS: readonly [path: string, maximumMs: number | undefined][] = [
  ['tax', 50],
  ['cash-flow', 50],
  ['profit-loss', undefined],
];

export const financeReports: Row = {
  name: 'finance',
  size: MILLION_SIZE,
  async measure(bench) {
    const results: RowResult[] = [];
    const { days } = bench.fixture;
    // Another first day in each round: an answer is kept for five minutes.
    const range = (round: number) => `from=${days[10 + (round % 20)]}&to=${days[0]}`;
    for (const [path, maximum] of REPORTS)
      results.push(
        await measurePair(bench, {
          name: `finance-${path}`,
          title: `finance report: ${path}`,
          clients: CLIENTS,
          ours: (_, round) => restGet(bench, `/reports/${path}?${range(round)}`),
          bare: (_, round) => bareGet(`/finance-scan?report=${path}&${range(round)}`),
          targets: maximum === undefined ? [] : [{ figure: 'p50Ms', maximum }],
        }),
      );
    return results;
  },
};
