/**
 * BG/NBD: how often customers will buy, and whether they still do (Fader, Hardie and Lee, 2005). Times are in weeks; a purchase is a day
 * with purchases, and the first one does not count. In logarithms, so that heavy buyers stay finite. Pure.
 */
import { hypergeometric, logGamma } from '../statistics/gamma.rules';

/** The parameters of the model. */
export interface BgNbd {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** The history of a customer. */
export interface History {
  /** Number of days with purchases after the first one. */
  readonly x: number;
  /** Weeks from the first to the last purchase. */
  readonly tx: number;
  /** Weeks from the first purchase to the present. */
  readonly t: number;
}

/** Customers with equal histories. */
export interface HistoryGroup extends History {
  readonly count: number;
}

/** Starting point of a fit, as logarithms of the parameters. */
export const BG_NBD_START: readonly number[] = [0, 1, 0, 1];

/** Parameters from the logarithms that a fit varies. */
export function bgNbdOf([r, alpha, a, b]: readonly number[]): BgNbd {
  return { r: Math.exp(r!), alpha: Math.exp(alpha!), a: Math.exp(a!), b: Math.exp(b!) };
}

/** The logarithm of the probability of histories. */
export function bgNbdLikelihood({ r, alpha, a, b }: BgNbd, groups: readonly HistoryGroup[]): number {
  // The part that depends on x alone is computed once for each x.
  const parts = new Map<number, number>();
  const partOf = (x: number) => {
    let part = parts.get(x);
    if (part === undefined) {
      part =
        logGamma(r + x) - logGamma(r) + r * Math.log(alpha) +
        logGamma(a + b) + logGamma(b + x) - logGamma(b) - logGamma(a + b + x); // prettier-ignore
      parts.set(x, part);
    }
    return part;
  };
  let total = 0;
  for (const { x, tx, t, count } of groups) {
    const active = -(r + x) * Math.log(alpha + t);
    let log = active;
    if (x > 0) {
      const left = Math.log(a) - Math.log(b + x - 1) - (r + x) * Math.log(alpha + tx);
      const most = Math.max(active, left);
      log = most + Math.log(Math.exp(active - most) + Math.exp(left - most));
    }
    total += count * (partOf(x) + log);
  }
  return total;
}

/** The probability that a customer still buys. One for a customer with a single purchase: customers leave after a second purchase only. */
export function probabilityAlive({ r, alpha, a, b }: BgNbd, { x, tx, t }: History): number {
  if (x === 0) return 1;
  const log = (r + x) * Math.log((alpha + t) / (alpha + tx)) + Math.log(a) - Math.log(b + x - 1);
  return 1 / (1 + Math.exp(log));
}

/** The expected number of purchases of a customer in so many weeks from now. */
export function expectedPurchases(model: BgNbd, history: History, weeks: number): number {
  const { r, alpha, a, b } = model;
  const { x, t } = history;
  const z = weeks / (alpha + t + weeks);
  // Euler's transformation of the published form: its powers cancel, so that nothing overflows.
  const series = (1 - z) ** (a - 1) * hypergeometric(a + b - 1 - r, a - 1, a + b + x - 1, z);
  const active = ((a + b + x - 1) / (a - 1)) * (1 - series);
  return active * probabilityAlive(model, history);
}

/** The expected number of purchases of a new customer in so many weeks after the first one. */
export function expectedOfNew(model: BgNbd, weeks: number): number {
  return expectedPurchases(model, { x: 0, tx: 0, t: 0 }, weeks);
}

/** The probability that a new customer makes exactly so many purchases in so many weeks after the first one. */
export function probabilityOfCount({ r, alpha, a, b }: BgNbd, count: number, weeks: number): number {
  const logBeta = (p: number, q: number) => logGamma(p) + logGamma(q) - logGamma(p + q);
  const share = (n: number) =>
    Math.exp(
      logGamma(r + n) - logGamma(r) - logGamma(n + 1) + r * Math.log(alpha / (alpha + weeks)) +
        n * Math.log(weeks / (alpha + weeks)),
    ); // prettier-ignore
  const staying = Math.exp(logBeta(a, b + count) - logBeta(a, b)) * share(count);
  if (count === 0) return staying;
  let fewer = 0;
  for (let n = 0; n < count; n += 1) fewer += share(n);
  return staying + Math.exp(logBeta(a + 1, b + count - 1) - logBeta(a, b)) * (1 - fewer);
}
