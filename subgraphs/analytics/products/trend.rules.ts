/** Significance of changes in counts. Pure. */
import { logGamma } from '../statistics/gamma.rules';

/** Share of false changes among those that are called significant. */
const FALSE_DISCOVERY_RATE = 0.05;
const NEGLIGIBLE = 1e-17;

/**
 * The probability that two counts with the same mean differ as much or more, two-sided: given their sum, the first is binomial with a
 * half. One for two zeros.
 */
export function changeProbability(before: number, after: number): number {
  const n = before + after;
  const most = Math.max(before, after);
  if (n === 0) return 1;
  const log = logGamma(n + 1) - logGamma(most + 1) - logGamma(n - most + 1) - n * Math.LN2;
  let term = Math.exp(log);
  let tail = 0;
  for (let k = most; k <= n && term > NEGLIGIBLE * tail; k += 1) {
    tail += term;
    term *= (n - k) / (k + 1);
  }
  return Math.min(1, 2 * tail);
}

/**
 * Benjamini-Hochberg: which of the tests are significant, so that few of those called so are false. In the order of the probabilities.
 * @param counts number of tests with each of the probabilities. Optional; defaults to one.
 */
export function significantChanges(probabilities: readonly number[], counts?: readonly number[]): boolean[] {
  const sorted = probabilities
    .map((probability, index) => ({ probability, count: counts?.[index] ?? 1 }))
    .sort((a, b) => a.probability - b.probability);
  const total = sorted.reduce((sum, { count }) => sum + count, 0);
  let limit = -1;
  let rank = 0;
  for (const { probability, count } of sorted) {
    rank += count;
    if (probability <= (rank / total) * FALSE_DISCOVERY_RATE) limit = probability;
  }
  return probabilities.map((probability) => probability <= limit);
}
