/** Figures of the domains for Prometheus. */
import type { Services } from './context';

/** One number of a gauge. */
export interface Reading {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A gauge over the whole platform, which every process shows alike: read from the database, not counted in memory. */
export interface MetricSource {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Reads all numbers in one statement that stays cheap however large the shops are. */
  read(services: Services): Promise<readonly Reading[]>;
}
