/** Forecasts of a series, chosen by a test on its own past. Pure; the model of trend and season comes as a function. */

/** Expected values with an interval. */
export interface Predicted {
  readonly mean: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
}

/** Predicts the next values of a series of seasons of `season` values. */
export type Model = (
  values: readonly number[],
  of: { season: number; horizon: number; level: number },
) => Predicted;

/** Methods in the order in which they are tried. */
export type Method = 'mstl_ets' | 'mstl_ets_log' | 'seasonal_naive';

/** The test of a method on the past. */
export interface BackTest {
  readonly mase: number | null;
  readonly maseSeasonalNaive: number | null;
  readonly coverage: number;
  readonly folds: number;
  readonly periods: number;
}

/** A chosen forecast. */
export interface Chosen {
  readonly method: Method;
  readonly predicted: Predicted;
  readonly backTest: BackTest | null;
}

const MAX_FOLDS = 3;

/** The mean absolute error of repeating the season before, within a series: the scale of MASE. Null if the series is too short. */
export function seasonalScale(values: readonly number[], season: number): number | null {
  const errors = values.slice(season).map((value, index) => Math.abs(value - values[index]!));
  return errors.length === 0 ? null : average(errors);
}

/** Mean absolute scaled error; null if the scale is zero, as of a series that repeats itself exactly. */
export function mase(
  actual: readonly number[],
  mean: readonly number[],
  scale: number | null,
): number | null {
  if (scale === null || scale === 0) return null;
  return average(actual.map((value, index) => Math.abs(value - mean[index]!))) / scale;
}

/** Repeats the last season. The interval widens with each season ahead: half its width is z · σ · √k in season k. */
export const seasonalNaive: Model = (values, { season, horizon, level }) => {
  const last = values.slice(-season);
  const residuals = values.slice(season).map((value, index) => value - values[index]!);
  const sigma = residuals.length === 0 ? 0 : Math.sqrt(average(residuals.map((value) => value ** 2)));
  const z = normalQuantile((1 + level) / 2);
  const steps = Array.from({ length: horizon }, (_, index) => index);
  const mean = steps.map((index) => last[index % last.length]!);
  const half = steps.map((index) => z * sigma * Math.sqrt(Math.floor(index / season) + 1));
  return {
    mean,
    lower: mean.map((value, index) => value - half[index]!),
    upper: mean.map((value, index) => value + half[index]!),
  };
};

/** A model of the logarithms. Values of zero and below count as the smallest above. */
export const ofLogarithms =
  (model: Model): Model =>
  (values, of) => {
    const smallest = Math.min(...values.filter((value) => value > 0));
    const { mean, lower, upper } = model(
      values.map((value) => Math.log(Math.max(value, smallest))),
      of,
    );
    return { mean: mean.map(Math.exp), lower: lower.map(Math.exp), upper: upper.map(Math.exp) };
  };

/**
 * The forecast of the method that tested best: on up to three ends of the past, each time without the values after it. Sales are never
 * below zero. A series of less than two seasons and a test repeats its last season.
 */
export function chooseForecast(
  values: readonly number[],
  of: { season: number; horizon: number; level: number },
  model: Model,
): Chosen {
  const { season, horizon } = of;
  const methods: Record<Method, Model> = {
    mstl_ets: model,
    mstl_ets_log: ofLogarithms(model),
    seasonal_naive: seasonalNaive,
  };
  // A test needs two seasons before it.
  const length = Math.min(horizon, Math.floor((values.length - 2 * season) / 2));
  const final = (method: Method) => clipped(methods[method](values, of));
  if (length < 1 || values.every((value) => value <= 0))
    return { method: 'seasonal_naive', predicted: final('seasonal_naive'), backTest: null };
  const ends = testEnds(values.length, { length, season });
  const test = (method: Method) => testOn(values, ends, { ...of, horizon: length }, methods[method]);
  const naive = test('seasonal_naive');
  const tests = (['mstl_ets', 'mstl_ets_log'] as const).map((method) => ({ method, ...test(method) }));
  const best = tests.reduce<Tested & { method: Method }>(
    (chosen, one) => (one.error < chosen.error ? one : chosen),
    {
      method: 'seasonal_naive',
      ...naive,
    },
  );
  return {
    method: best.method,
    predicted: final(best.method),
    backTest: {
      mase: best.mase,
      maseSeasonalNaive: naive.mase,
      coverage: best.coverage,
      folds: ends.length,
      periods: ends.length * length,
    },
  };
}

/** The outcome of a test. */
interface Tested {
  readonly error: number;
  readonly mase: number | null;
  readonly coverage: number;
}

/** Ends of the past for tests, the latest last. */
function testEnds(count: number, { length, season }: { length: number; season: number }): number[] {
  const ends: number[] = [];
  for (let end = count - length; end >= 2 * season && ends.length < MAX_FOLDS; end -= length)
    ends.unshift(end);
  return ends;
}

function testOn(
  values: readonly number[],
  ends: readonly number[],
  of: { season: number; horizon: number; level: number },
  model: Model,
): Tested {
  const folds = ends.map((end) => {
    const past = values.slice(0, end);
    const actual = values.slice(end, end + of.horizon);
    const { mean, lower, upper } = clipped(model(past, of));
    const within = actual.filter((value, index) => lower[index]! <= value && value <= upper[index]!).length;
    const error = average(actual.map((value, index) => Math.abs(value - mean[index]!)));
    return { error, within, mase: mase(actual, mean, seasonalScale(past, of.season)) };
  });
  const scaled = folds.flatMap((fold) => fold.mase ?? []);
  const error = average(folds.map((fold) => fold.error));
  return {
    // A model that fails to predict is never the best.
    error: Number.isFinite(error) ? error : Number.MAX_VALUE,
    mase: scaled.length === folds.length ? average(scaled) : null,
    coverage: folds.reduce((sum, fold) => sum + fold.within, 0) / (folds.length * of.horizon),
  };
}

function clipped({ mean, lower, upper }: Predicted): Predicted {
  const clip = (values: readonly number[]) => values.map((value) => Math.max(0, value));
  return { mean: clip(mean), lower: clip(lower), upper: clip(upper) };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The quantile of the standard normal distribution, by Acklam's approximation; exact to nine digits, for 0.02 to 0.98 and beyond. */
export function normalQuantile(p: number): number {
  const [a, b, c, d] = ACKLAM;
  if (p > 0.97575) return -normalQuantile(1 - p);
  if (p < 0.02425) {
    const q = Math.sqrt(-2 * Math.log(p));
    return polynomial(c, q) / (polynomial(d, q) * q + 1);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(a, r) * q) / (polynomial(b, r) * r + 1);
}

/** Coefficients of the approximation, the highest power first. */
const ACKLAM = [
  [-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.38357751867269e2, -3.066479806614716e1, 2.506628277459239],
  [-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1],
  [-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968, 2.938163982698783],
  [7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416],
] as const; // prettier-ignore

function polynomial(coefficients: readonly number[], x: number): number {
  return coefficients.reduce((sum, coefficient) => sum * x + coefficient, 0);
}
