/** Forecasts, held to published series (fpp2, chapter 3.4). */
import {
  chooseForecast,
  mase,
  normalQuantile,
  ofLogarithms,
  seasonalNaive,
  seasonalScale,
} from '#subgraphs/analytics/forecast/forecast.rules';
import { addDays, isoWeekday } from '#kernel/periods.rules';
import { mstlModel } from '#subgraphs/analytics/forecast/mstl';
import { closedWeekdays, openValues } from '#subgraphs/analytics/forecast/open-days.rules';

import { available, series } from '#test/analytics/published-data';

const onData = available ? it : it.skip;
/** 1992 to 2007, and the ten quarters after. */
const beer = () => ({ past: series('ausbeer').slice(0, 64), actual: series('ausbeer').slice(64, 74) });
const air = () => ({
  past: series('airPassengers').slice(0, -24),
  actual: series('airPassengers').slice(-24),
});

describe('A7: the mean absolute scaled error', () => {
  onData('is that of the textbook', () => {
    const { past, actual } = beer();
    const scale = seasonalScale(past, 4);
    expect(scale).toBeCloseTo(14.3, 1);
    const mean = past.reduce((sum, value) => sum + value, 0) / past.length;
    expect(mase(actual, actual.map(() => mean), scale)).toBeCloseTo(2.44, 2); // prettier-ignore
    expect(mase(actual, actual.map(() => past.at(-1)!), scale)).toBeCloseTo(4.01, 2); // prettier-ignore
    const naive = seasonalNaive(past, { season: 4, horizon: 10, level: 0.95 });
    expect(mase(actual, naive.mean, scale)).toBeCloseTo(0.94, 2);
    const months = air();
    expect(seasonalScale(months.past, 12)).toBeCloseTo(28.574, 3);
    const { mean: repeated } = seasonalNaive(months.past, { season: 12, horizon: 24, level: 0.8 });
    expect(mase(months.actual, repeated, 28.574)).toBeCloseTo(2.4935, 3);
  });

  it('is null for a series that repeats itself', () => {
    expect(mase([1, 1], [1, 1], seasonalScale([1, 1, 1, 1], 2))).toBeNull();
    expect(seasonalScale([1, 2], 2)).toBeNull();
  });
});

describe('A8: intervals', () => {
  onData('of the last season again grow with each season ahead', () => {
    const { past } = beer();
    const { mean, upper } = seasonalNaive(past, { season: 4, horizon: 9, level: 0.95 });
    const half = upper.map((value, index) => Math.round((value - mean[index]!) * 10) / 10);
    expect([half[0], half[3], half[4], half[7], half[8]]).toEqual([32.9, 32.9, 46.5, 46.5, 57]);
  });

  it('have the quantiles of the normal distribution', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959964, 6);
    expect(normalQuantile(0.9)).toBeCloseTo(1.281552, 6);
    expect(normalQuantile(0.995)).toBeCloseTo(2.575829, 6);
  });
});

describe('The model', () => {
  onData('forecasts passengers by their logarithms, and beer', async () => {
    const model = await mstlModel();
    const { past, actual } = air();
    const { mean, lower, upper } = ofLogarithms(model)(past, { season: 12, horizon: 24, level: 0.8 });
    expect(mase(actual, mean, seasonalScale(past, 12))).toBeCloseTo(0.765, 3);
    expect(actual.filter((value, index) => lower[index]! <= value && value <= upper[index]!)).toHaveLength(
      22,
    );
    const plain = model(past, { season: 12, horizon: 24, level: 0.8 });
    expect(mase(actual, plain.mean, seasonalScale(past, 12))).toBeGreaterThan(1.8);
    const quarters = beer();
    const forecast = model(quarters.past, { season: 4, horizon: 10, level: 0.8 });
    expect(mase(quarters.actual, forecast.mean, seasonalScale(quarters.past, 4))).toBeCloseTo(0.653, 2);
  });

  onData('is chosen with or without logarithms by a test on the past', async () => {
    const chosen = chooseForecast(air().past, { season: 12, horizon: 24, level: 0.8 }, await mstlModel());
    expect(chosen.method).toBe('mstl_ets_log');
    expect(chosen.backTest).toMatchObject({ folds: 3, periods: 72 });
    expect(chosen.backTest!.mase!).toBeLessThan(chosen.backTest!.maseSeasonalNaive!);
    expect(chosen.backTest!.coverage).toBeGreaterThan(0.6);
  });

  it('is never below zero, and repeats the last season of a short past', async () => {
    const model = await mstlModel();
    const falling = Array.from({ length: 60 }, (_, day) => Math.max(0, 300 - 5 * day + (day % 7)));
    const chosen = chooseForecast(falling, { season: 7, horizon: 28, level: 0.8 }, model);
    for (const list of [chosen.predicted.mean, chosen.predicted.lower, chosen.predicted.upper])
      expect(Math.min(...list)).toBeGreaterThanOrEqual(0);
    const short = chooseForecast([1, 2, 3, 4, 5, 6, 7, 8], { season: 7, horizon: 3, level: 0.8 }, model);
    expect([short.method, short.backTest, short.predicted.mean]).toEqual(['seasonal_naive', null, [2, 3, 4]]);
    const empty = chooseForecast([0, 0, 0, 0], { season: 4, horizon: 2, level: 0.8 }, model);
    expect(empty.predicted.mean).toEqual([0, 0]);
  });
});

it('knows closed weekdays, and takes a holiday for none', () => {
  // From a Monday; Sundays are closed, and one Thursday is a holiday.
  const days = Array.from({ length: 28 }, (_, index) => {
    const day = addDays('2026-11-02', index);
    const holiday = day === '2026-11-12';
    return { day, value: isoWeekday(day) === 7 || holiday ? 0 : 100 + index };
  });
  expect(closedWeekdays(days)).toEqual([7]);
  const values = openValues(days, [7]);
  expect(values).toHaveLength(24);
  // The Thursdays before and after.
  expect(values[9]).toBe((103 + 117) / 2);
  expect(closedWeekdays(days.slice(0, 7))).toEqual([]);
});
