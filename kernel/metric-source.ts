/** Figures of the domains for Prometheus. */
import type { Services } from './context';

/** One number of a metric. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/**
 * A metric by the rules of Prometheus: the name has the base unit (`_seconds`, `_bytes`, `_ratio`), that of a counter ends in `_total`, and
 * the sum or the average over all labels means something. A test lints them all with promtool (test/docs/monitoring.test.ts).
 */
export interface MetricDescription {
  readonly name: string;
  /** A counter only grows, from 0 at the start of the process. */
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly labels: readonly string[];
}

/** Metrics over the whole platform, which every process shows alike: read from the database, not counted in memory. */
export interface MetricSource {
  readonly metrics: readonly MetricDescription[];
  /**
   * Reads all numbers in statements that stay cheap however large the shops are.
   * @returns the numbers of each metric, by its name. One without a number now is omitted, or has an empty list.
   */
  read(services: Services): Promise<Readonly<Record<string, readonly Reading[]>>>;
}
