/** Reports of analytics and finance of a shop with a million orders, beside plain scans of its orders and lines. */
import { addDays } from '#kernel/periods.rules';
import { MILLION_SIZE } from '../fixture/size';
import { measurePair } from '../measure-pair';
import type { Bench, Row, RowResult } from '../row';
import { bareGet, restGet } from './requests';

/** One client: the target is the duration of a report, not of a queue. */
const CLIENTS = 1;
/** Of each report that has running totals, at the median. */
const MAXIMUM_MS = 50;
const DAY_MS = 86_400_000;
/** The days of the fixture's orders, less the ones by which ranges differ. */
const ALL_DAYS = 210;
/** The last stored day is at most two before the last one with orders. */
const STORED_BEFORE = 2;

/** Days on which ranges end. */
const LAST_DAYS = 40;

/** First and last business day. */
interface Range {
  readonly from: string;
  readonly to: string;
}

interface Report {
  /** Name of the scan, and of the row. */
  readonly name: string;
  /** Number of days that it covers. */
  readonly days: number;
  readonly query: (range: Range, round: number) => string;
  /** Whether it reads stored figures alone. A forecast fits a model. */
  readonly hasTotals: boolean;
}

const between =
  (path: string) =>
  ({ from, to }: Range) =>
    `${path}?from=${from}&to=${to}`;

const REPORTS: readonly Report[] = [
  { name: 'sales-daily', days: 30, query: between('/analytics/sales/daily'), hasTotals: true },
  { name: 'sales-monthly', days: ALL_DAYS, query: between('/analytics/sales/monthly'), hasTotals: true },
  {
    name: 'sales-forecast',
    days: ALL_DAYS,
    query: (_, round) =>
      `/analytics/sales/forecast?horizon=${1 + (round % 104)}&level=0.${50 + (round % 49)}`,
    hasTotals: false,
  },
  { name: 'products-top', days: 30, query: between('/analytics/products/top'), hasTotals: true },
  {
    name: 'products-trending',
    days: 56,
    query: (_, round) =>
      `/analytics/products/trending?days=${20 + (round % 17)}&size=${1 + (Math.floor(round / 17) % 100)}`,
    hasTotals: true,
  },
  {
    name: 'customers-segments',
    days: ALL_DAYS,
    // A stored day, another one in each of 1,200 rounds.
    query: ({ to }, round) =>
      `/analytics/customers/segments?as_of=${addDays(to, -STORED_BEFORE - (round % 30) * LAST_DAYS)}`,
    hasTotals: true,
  },
  {
    name: 'customers-retention',
    days: ALL_DAYS,
    query: between('/analytics/customers/retention'),
    hasTotals: true,
  },
  {
    name: 'customers-acquisition',
    days: ALL_DAYS,
    query: between('/analytics/customers/acquisition'),
    hasTotals: true,
  },
  {
    name: 'customers-lifetime-value',
    days: ALL_DAYS,
    query: (_, round) => `/analytics/customers/lifetime-value?size=${1 + (round % 1_000)}`,
    hasTotals: true,
  },
  { name: 'tax', days: 30, query: between('/reports/tax'), hasTotals: true },
  { name: 'cash-flow', days: 30, query: between('/reports/cash-flow'), hasTotals: true },
  { name: 'profit-loss', days: 30, query: between('/reports/profit-loss'), hasTotals: true },
];

/** Another range in each of 1,200 rounds, because an answer is kept for five minutes, and 1,000 of them at most. */
function rangeOf({ fixture }: Bench, days: number, round: number): Range {
  const dayBefore = (count: number) =>
    new Date(Date.parse(fixture.day) - count * DAY_MS).toISOString().slice(0, 10);
  const last = Math.floor(round / 30) % LAST_DAYS;
  return { from: dayBefore(last + days + (round % 30)), to: dayBefore(last) };
}

export const reports: Row = {
  name: 'reports',
  size: MILLION_SIZE,
  async measure(bench) {
    const results: RowResult[] = [];
    for (const { name, days, query, hasTotals } of REPORTS)
      results.push(
        await measurePair(bench, {
          name: `report-${name}`,
          title: `report: ${name}`,
          clients: CLIENTS,
          ours: (_, round) => restGet(bench, query(rangeOf(bench, days, round), round)),
          bare: (_, round) => {
            const { from, to } = rangeOf(bench, days, round);
            return bareGet(`/report-scan?report=${name}&from=${from}&to=${to}`);
          },
          targets: hasTotals ? [{ figure: 'p50Ms', maximum: MAXIMUM_MS }] : [],
        }),
      );
    return results;
  },
};
