/** Discounting, the fallback of estimates, and a check of their assumption. Pure. */

/** An estimate of a customer. */
export interface Estimate {
  /** Expected number of purchases. */
  readonly orders: number;
  /** Expected value of a purchase. */
  readonly value: number;
  readonly clv: number;
  /** Null if it is unknown. */
  readonly alive: number | null;
}

/** Average weeks of a month. */
export const MONTH_WEEKS = 4.345;
/** A rate is not measured in fewer days. */
const MIN_DAYS = 28;
export const WEEK_DAYS = 7;

/** The discounted value of purchases: those of each month at its end. @param expected purchases up to so many weeks from now. */
export function discounted(
  expected: (weeks: number) => number,
  value: number,
  { months, rate }: { months: number; rate: number },
): { orders: number; clv: number } {
  let orders = 0;
  let clv = 0;
  for (let month = 1; month <= months; month += 1) {
    const until = expected(month * MONTH_WEEKS);
    clv += ((until - orders) * value) / (1 + rate) ** month;
    orders = until;
  }
  return { orders, clv };
}

/** The customer's own rate and average so far go on. */
export function averageEstimate(
  { x, ageDays, meanOfAll }: { x: number; ageDays: number; meanOfAll: number },
  months: number,
  rate: number,
): Estimate {
  const weekly = x / (Math.max(MIN_DAYS, ageDays) / WEEK_DAYS);
  const value = Math.max(0, meanOfAll);
  return { ...discounted((weeks) => weekly * weeks, value, { months, rate }), value, alive: null };
}

/** The correlation of the number of purchases and their value; null for fewer than three customers, and if one of both is constant. */
export function correlation(spendings: readonly { x: number; mean: number }[]): number | null {
  const n = spendings.length;
  if (n < 3) return null;
  const average = (of: (one: { x: number; mean: number }) => number) =>
    spendings.reduce((sum, one) => sum + of(one), 0) / n;
  const [mx, my] = [average(({ x }) => x), average(({ mean }) => mean)];
  const covariance = average(({ x, mean }) => (x - mx) * (mean - my));
  const product = Math.sqrt(average(({ x }) => (x - mx) ** 2) * average(({ mean }) => (mean - my) ** 2));
  return product === 0 ? null : covariance / product;
}
