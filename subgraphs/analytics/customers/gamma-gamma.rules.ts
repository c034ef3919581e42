/** Gamma-Gamma: the value of a customer's purchases (Fader and Hardie, 2013). Pure. */
import { logGamma } from '../statistics/gamma.rules';

/** The parameters of the model. */
export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  readonly v: number;
}

/** Purchases of a customer after the first one, at least one. */
export interface Spending {
  readonly x: number;
  /** Their average value, above zero. */
  readonly mean: number;
}

/** Starting point of a fit, as logarithms of the parameters. */
export const GAMMA_GAMMA_START: readonly number[] = [1, 1, 1];

/** Parameters from the logarithms that a fit varies. */
export function gammaGammaOf([p, q, v]: readonly number[]): GammaGamma {
  return { p: Math.exp(p!), q: Math.exp(q!), v: Math.exp(v!) };
}

/** The logarithm of the probability of the average values. */
export function gammaGammaLikelihood({ p, q, v }: GammaGamma, spendings: readonly Spending[]): number {
  const parts = new Map<number, number>();
  const partOf = (x: number) => {
    let part = parts.get(x);
    if (part === undefined) {
      part = logGamma(p * x + q) - logGamma(p * x) - logGamma(q) + q * Math.log(v) + p * x * Math.log(x);
      parts.set(x, part);
    }
    return part;
  };
  let total = 0;
  for (const { x, mean } of spendings)
    total += partOf(x) + (p * x - 1) * Math.log(mean) - (p * x + q) * Math.log(x * mean + v);
  return total;
}

/** The average value of a purchase of all customers; null where the fit has none. */
export function meanValue({ p, q, v }: GammaGamma): number | null {
  return q > 1 ? (v * p) / (q - 1) : null;
}

/** The expected value of a purchase of a customer: between the customer's own average and that of all. */
export function expectedValue({ p, q, v }: GammaGamma, { x, mean }: { x: number; mean: number }): number {
  return (p * (v + x * mean)) / (p * x + q - 1);
}
