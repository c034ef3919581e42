/** Forecasts of net sales, from the sums of business days. */
import type { RequestContext } from '#kernel/context';
import { sql, type Queryable } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { roundMoney } from '#kernel/money';
import {
  addDays,
  isoWeekday,
  periodOf,
  periodsBetween,
  shiftPeriod,
  type PeriodUnit,
} from '#kernel/periods.rules';
import { reportBranches } from '#subgraphs/orders/index';
import type { ForecastGranularity, QuerySalesForecastArgs } from '../inputs.generated';
import { openDays } from '../report-days/report-days.queries';
import { salesDays } from '../sales/sales-days.queries';
import { chooseForecast, type Chosen } from './forecast.rules';
import { mstlModel } from './mstl';
import { closedWeekdays, openValues } from './open-days.rules';

/** A forecast period. */
export interface ForecastPoint {
  readonly date: string;
  readonly closed: boolean;
  readonly mean: Decimal;
  readonly lower: Decimal;
  readonly upper: Decimal;
}

/** The test on past sales. */
export interface ForecastBackTest {
  readonly mase: Decimal | null;
  readonly maseSeasonalNaive: Decimal | null;
  readonly coverage: Decimal;
  readonly folds: number;
  readonly periods: number;
}

/** A forecast of net sales. */
export interface SalesForecast {
  readonly method: Chosen['method'] | 'none';
  readonly notes: string[];
  readonly currency: string;
  readonly trainedFrom: string | null;
  readonly trainedTo: string | null;
  readonly closedWeekdays: number[];
  readonly points: ForecastPoint[];
  readonly backTest: ForecastBackTest | null;
}

/** Values of a season, and periods of the past that are used at most. */
const SEASONS: Readonly<Record<ForecastGranularity, { season: number; past: number }>> = {
  day: { season: 7, past: 730 },
  week: { season: 52, past: 208 },
  month: { season: 12, past: 120 },
};
const MAX_HORIZON = 104;
const MIN_LEVEL = 0.5;
const MAX_LEVEL = 0.99;
/** Past periods below which nothing is forecast. */
const MIN_PAST = 4;
const TEST_PLACES = 3;

/** @throws PosProError 404 for an unknown branch; 422 for a horizon or a level out of range. */
export async function salesForecast(
  ctx: RequestContext,
  { branchId, granularity = 'day', horizon = 28, level: chosenLevel }: QuerySalesForecastArgs,
): Promise<SalesForecast> {
  const level = chosenLevel?.toNumber() ?? 0.8;
  assertChoice(horizon, level);
  const { branches, today } = await reportBranches(ctx, branchId);
  const { currency, roundingMode } = branches[0]!;
  const branchIds = branches.map((branch) => branch.branchId);
  const past = await pastSales(ctx.reports, granularity, { branchIds, today });
  const ahead = periodsAhead(granularity, today, horizon);
  const closed = granularity === 'day' ? closedWeekdays(past) : [];
  const values = granularity === 'day' ? openValues(past, closed) : past.map(({ value }) => value);
  const base = {
    currency,
    trainedFrom: past.at(0)?.day ?? null,
    trainedTo: past.length === 0 ? null : periodOf(granularity, past.at(-1)!.day).to,
    closedWeekdays: closed,
  };
  if (values.length < MIN_PAST) {
    const notes = [`A forecast needs sales of at least ${MIN_PAST} ended periods.`];
    return { ...base, method: 'none', notes, points: [], backTest: null };
  }
  const open = ahead.filter((day) => !closed.includes(isoWeekday(day)));
  const season = Math.min(seasonOf(granularity, closed.length), values.length);
  const of = { season, horizon: Math.max(1, open.length), level };
  const { method, predicted, backTest } = chooseForecast(values, of, await mstlModel());
  const money = (amount: number) => roundMoney(new Decimal(amount), currency, roundingMode);
  const points = ahead.map((date): ForecastPoint => {
    const index = open.indexOf(date);
    const at = (list: readonly number[]) => money(index < 0 ? 0 : list[index]!);
    return {
      date,
      closed: index < 0,
      mean: at(predicted.mean),
      lower: at(predicted.lower),
      upper: at(predicted.upper),
    };
  });
  return {
    ...base,
    method,
    notes: notesOf(method, backTest !== null),
    points,
    backTest: backTest && shown(backTest),
  };
}

function assertChoice(horizon: number, level: number): void {
  if (horizon < 1 || horizon > MAX_HORIZON)
    throw invalid('horizon', `horizon must be a whole number from 1 to ${MAX_HORIZON}.`);
  if (level < MIN_LEVEL || level > MAX_LEVEL)
    throw invalid('level', `level must be from ${MIN_LEVEL} to ${MAX_LEVEL}.`);
}

function seasonOf(granularity: ForecastGranularity, closedCount: number): number {
  const { season } = SEASONS[granularity];
  return granularity === 'day' ? season - closedCount : season;
}

/** Net sales of ended periods, from the first one with sales, without gaps; the first may have begun before the shop did. */
async function pastSales(
  db: Queryable,
  unit: PeriodUnit & ForecastGranularity,
  { branchIds, today }: { branchIds: readonly string[]; today: string },
): Promise<{ day: string; value: number }[]> {
  const last = shiftPeriod(unit, periodOf(unit, today), -1);
  const first = shiftPeriod(unit, last, 1 - SEASONS[unit].past);
  const days = { from: first.from, to: last.to };
  const rows = await db.many<{ start: string; value: number }>(sql`
    select date_trunc(${unit}, t.business_date::timestamp)::date::text as start, sum(t.gross - t.discounts - t.refunds)::float8 as value
    from (${salesDays({ branchIds, ...days, openDays: await openDays(db, 'orders', days) })}) t group by 1 order by 1`);
  if (rows.length === 0) return [];
  const values = new Map(rows.map(({ start, value }) => [start, value]));
  return periodsBetween(unit, rows[0]!.start, last.to).map(({ from }) => ({
    day: from,
    value: values.get(from) ?? 0,
  }));
}

/** The first days of the periods from the present one. */
function periodsAhead(unit: ForecastGranularity, today: string, horizon: number): string[] {
  const first = periodOf(unit, today);
  if (unit === 'day') return Array.from({ length: horizon }, (_, index) => addDays(today, index));
  return Array.from({ length: horizon }, (_, index) => shiftPeriod(unit, first, index).from);
}

function notesOf(method: Chosen['method'], isTested: boolean): string[] {
  if (!isTested) return ['There is too little past for a test: the last season is repeated.'];
  return method === 'seasonal_naive'
    ? ['Repeating the last season was better than the models in the test.']
    : [];
}

function shown({ mase, maseSeasonalNaive, coverage, folds, periods }: NonNullable<Chosen['backTest']>) {
  const places = (value: number) => new Decimal(value).toDecimalPlaces(TEST_PLACES);
  return {
    mase: mase === null ? null : places(mase),
    maseSeasonalNaive: maseSeasonalNaive === null ? null : places(maseSeasonalNaive),
    coverage: places(coverage),
    folds,
    periods,
  };
}
