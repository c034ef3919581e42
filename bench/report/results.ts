/** The committed figures, bench/results.json. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { FixtureSize } from '../fixture/size';
import type { RowResult } from '../row';

export interface SizedResults extends RowResult {
  readonly size: FixtureSize;
  /** Of a row that was measured in another run than most. */
  readonly run?: RunFacts;
}

export interface RunFacts {
  readonly commit: string;
  readonly measuredAt: string;
  readonly secondsASide: number;
  /** Processes that waited for a processor when the run began, and the number of processors. */
  readonly load: number;
  readonly processors: number;
}

/** The content of bench/results.json. */
export interface Results {
  readonly machine: string;
  /** The commit that was measured last, and whether the files differed from it. */
  readonly commit: string;
  readonly measuredAt: string;
  readonly secondsASide: number;
  readonly rows: readonly SizedResults[];
}

export const ROOT = path.resolve(__dirname, '../..');
export const RESULTS_FILE = 'bench/results.json';

/** The figures of the last commit; undefined before there are any. */
export function readCommitted(): Results | undefined {
  try {
    return JSON.parse(git('show', `HEAD:${RESULTS_FILE}`)) as Results;
  } catch {
    return undefined;
  }
}

/** The committed figures of a row at a size. */
export function committedRow(
  committed: Results | undefined,
  name: string,
  size: FixtureSize,
): SizedResults | undefined {
  return committed?.rows.find((row) => row.name === name && isSameSize(row.size, size));
}

export function isSameSize(a: FixtureSize, b: FixtureSize): boolean {
  return a.products === b.products && a.orders === b.orders && a.customers === b.customers;
}

/** Runs git in the repository. @throws Error where there is none. */
export function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}
