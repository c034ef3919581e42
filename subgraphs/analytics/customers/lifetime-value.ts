/** The value of customers in the months ahead. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CacheDefinition } from '#kernel/cache';
import type { RequestContext } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { roundMoney } from '#kernel/money';
import type { SellingTerms } from '#subgraphs/auth/index';
import { reportBranches } from '#subgraphs/orders/index';
import type { LifetimeValueMethod, QueryCustomerLifetimeValueArgs } from '../inputs.generated';
import {
  expectedPurchases,
  probabilityAlive,
  probabilityOfCount,
  type BgNbd,
  type History,
} from './bg-nbd.rules';
import { fitModels, type FittedModels, type Models } from './fit-models';
import { expectedValue, type Spending } from './gamma-gamma.rules';
import { candidatesOf, sampleOfCustomers, type Purchases } from './lifetime-value.queries';
import { MONTH_WEEKS, averageEstimate, correlation, discounted, type Estimate } from './lifetime-value.rules';

/** The estimated value of a customer. */
export interface CustomerValue {
  readonly customerId: string;
  readonly purchaseDays: number;
  readonly lastPurchase: string;
  readonly expectedOrders: Decimal;
  readonly probabilityAlive: Decimal | null;
  readonly expectedValue: Decimal;
  readonly clv: Decimal;
  readonly currency: string;
}

/** The estimated value of customers. */
export interface LifetimeValueReport {
  readonly method: LifetimeValueMethod;
  readonly notes: string[];
  readonly asOf: string;
  readonly currency: string;
  readonly horizonMonths: number;
  readonly fittedAt: Date;
  readonly fittedOn: number;
  readonly repeaters: number;
  readonly correlation: Decimal | null;
  readonly parameters: { name: string; value: Decimal }[];
  readonly newCustomerReturns: Decimal | null;
  readonly customers: CustomerValue[];
}

const MAX_MONTHS = 60;
const MAX_RATE = 0.2;
const MAX_SIZE = 1_000;
const WEEK_DAYS = 7;
/** Estimates between two turns of other requests. */
const CHUNK = 100;

/** The models of the customers of a shop until a business day. */
interface Fit {
  readonly at: Date;
  readonly fitted: FittedModels;
  readonly fittedOn: number;
  readonly repeaters: number;
  readonly correlation: number | null;
}

const FITS: CacheDefinition<Fit> = {
  name: 'lifetime_value_fits',
  domain: 'analytics',
  maxSize: 1_000,
  lifetimeMs: 3_600_000,
  drops: [],
};

/** @throws PosProError 422 for months, a rate or a size out of range. */
export async function customerLifetimeValue(
  ctx: RequestContext,
  { horizonMonths = 12, discountRate, size = 100 }: QueryCustomerLifetimeValueArgs,
): Promise<LifetimeValueReport> {
  const rate = discountRate?.toNumber() ?? 0.01;
  assertRange('horizonMonths', horizonMonths, { min: 1, max: MAX_MONTHS });
  assertRange('discountRate', rate, { min: 0, max: MAX_RATE });
  assertRange('size', size, { min: 1, max: MAX_SIZE });
  const { branches, today: asOf } = await reportBranches(ctx, null);
  const terms = branches[0]!;
  const [fit, { candidates, customers }] = await Promise.all([
    fitOf(ctx, asOf),
    candidatesOf(ctx.reports, asOf),
  ]);
  const { fitted, repeaters } = fit;
  const { models } = fitted;
  const estimate = (purchases: Purchases): Estimate =>
    models
      ? modelEstimate(models, purchases, horizonMonths, rate)
      : averageEstimate(purchases, horizonMonths, rate);
  const estimated = await inChunks(candidates, (purchases) => ({ purchases, ...estimate(purchases) }));
  const best = estimated
    .sort((a, b) => b.clv - a.clv || (a.purchases.customerId < b.purchases.customerId ? -1 : 1))
    .slice(0, size);
  return {
    method: models ? 'bg_nbd_gamma_gamma' : 'average',
    notes: notesOf({ fitted, customers, candidates: candidates.length }),
    asOf,
    currency: terms.currency,
    horizonMonths,
    fittedAt: fit.at,
    fittedOn: fit.fittedOn,
    repeaters,
    correlation: fit.correlation === null ? null : new Decimal(fit.correlation).toDecimalPlaces(2),
    parameters: models ? parametersOf(models) : [],
    newCustomerReturns: models ? returnsWithin(models.bgNbd, horizonMonths) : null,
    customers: best.map((one) => shown(one, terms)),
  };
}

/** The models of a business day; fitted at most once an hour, since they change slowly and a fit takes seconds. */
function fitOf(ctx: RequestContext, asOf: string): Promise<Fit> {
  return ctx.caches.of(FITS).read(ctx.db, asOf, async () => {
    const sample = await sampleOfCustomers(ctx.reports, asOf);
    const spendings = sample.flatMap(({ x, mean }): Spending[] =>
      x > 0 && mean !== null && mean > 0 ? [{ x, mean }] : [],
    );
    return {
      at: ctx.clock.now(),
      fitted: await fitModels(sample.map(historyOf), spendings),
      fittedOn: sample.length,
      repeaters: spendings.length,
      correlation: correlation(spendings),
    };
  });
}

function returnsWithin(model: BgNbd, months: number): Decimal {
  return new Decimal(1 - probabilityOfCount(model, 0, months * MONTH_WEEKS)).toDecimalPlaces(4);
}

function historyOf({ x, recencyDays, ageDays }: Purchases): History {
  return { x, tx: recencyDays / WEEK_DAYS, t: ageDays / WEEK_DAYS };
}

function modelEstimate(
  { bgNbd, gammaGamma }: Models,
  purchases: Purchases,
  months: number,
  rate: number,
): Estimate {
  const history = historyOf(purchases);
  const value = expectedValue(gammaGamma, { x: history.x, mean: Math.max(0, purchases.mean ?? 0) });
  const { orders, clv } = discounted((weeks) => expectedPurchases(bgNbd, history, weeks), value, {
    months,
    rate,
  });
  return { orders, value, clv, alive: probabilityAlive(bgNbd, history) };
}

async function inChunks<Row, Result>(rows: readonly Row[], work: (row: Row) => Result): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < rows.length; start += CHUNK) {
    results.push(...rows.slice(start, start + CHUNK).map(work));
    await nextTurn();
  }
  return results;
}

function parametersOf({ bgNbd, gammaGamma }: Models): { name: string; value: Decimal }[] {
  return Object.entries({ ...bgNbd, ...gammaGamma }).map(([name, value]) => ({
    name,
    value: new Decimal(value.toPrecision(6)),
  }));
}

function notesOf(of: { fitted: FittedModels; customers: number; candidates: number }): string[] {
  const limits = of.fitted.models
    ? [
        'The models assume that customers buy at rates of their own that do not change with the season, and that the value of a purchase does not depend on how often a customer buys.',
        'A customer with a single purchase counts as active: BG/NBD lets customers leave after a second purchase only.',
      ]
    : [
        `${of.fitted.reason}: each customer's own rate and average so far go on, and no customer is expected to leave.`,
      ];
  if (of.customers <= of.candidates) return limits;
  return [
    ...limits,
    `Of ${of.customers} customers, the ${of.candidates} with the most revenue so far were estimated.`,
  ];
}

function shown(
  { purchases, orders, value, clv, alive }: Estimate & { purchases: Purchases },
  { currency, roundingMode }: SellingTerms,
): CustomerValue {
  const money = (amount: number) => roundMoney(new Decimal(amount), currency, roundingMode);
  return {
    customerId: purchases.customerId,
    purchaseDays: purchases.x + 1,
    lastPurchase: purchases.last,
    expectedOrders: new Decimal(orders).toDecimalPlaces(2),
    probabilityAlive: alive === null ? null : new Decimal(alive).toDecimalPlaces(4),
    expectedValue: money(value),
    clv: money(clv),
    currency,
  };
}

function assertRange(field: string, value: number, { min, max }: { min: number; max: number }): void {
  if (value < min || value > max) throw invalid(field, `${field} must be from ${min} to ${max}.`);
}
