/** The value of customers in the months ahead: stored estimates of the last ended day, or those of the present one. */
import type { CacheDefinition } from '#kernel/cache';
import type { RequestContext } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { invalid } from '#kernel/errors';
import { roundMoney } from '#kernel/money';
import type { SellingTerms } from '#subgraphs/auth/index';
import { reportBranches } from '#subgraphs/orders/index';
import type { LifetimeValueMethod, QueryCustomerLifetimeValueArgs } from '../inputs.generated';
import { probabilityOfCount, type BgNbd } from './bg-nbd.rules';
import { fitCustomers, type CustomerFit } from './customer-fit';
import { estimateCustomers, type EstimatedCustomer, type Horizon } from './estimate-customers';
import type { FittedModels, Models } from './fit-models';
import { candidatesOf, MAX_CANDIDATES, sampleOfCustomers } from './lifetime-value.queries';
import { MONTH_WEEKS } from './lifetime-value.rules';
import {
  STORED_HORIZON,
  storedLifetimeValue,
  type StoredLifetimeValue,
} from './stored-lifetime-value.queries';

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

/** Models of a business day, and the moment at which they were fitted. */
interface Fit extends CustomerFit {
  readonly at: Date;
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
  const { branches, today } = await reportBranches(ctx, null);
  const terms = branches[0]!;
  const { asOf, fit, fittedAt, customers, estimated } = await estimatesOf(ctx, today, {
    horizon: { months: horizonMonths, rate },
    size,
  });
  const { fitted, fittedOn, repeaters } = fit;
  const { models } = fitted;
  return {
    method: models ? 'bg_nbd_gamma_gamma' : 'average',
    notes: notesOf(fitted, customers),
    asOf,
    currency: terms.currency,
    horizonMonths,
    fittedAt,
    fittedOn,
    repeaters,
    correlation: fit.correlation === null ? null : new Decimal(fit.correlation).toDecimalPlaces(2),
    parameters: models ? parametersOf(models) : [],
    newCustomerReturns: models ? returnsWithin(models.bgNbd, horizonMonths) : null,
    customers: estimated.slice(0, size).map((one) => shown(one, terms)),
  };
}

/** Stored estimates; those of another time ahead, from the stored models and purchases; without these, from all purchases until the present day. */
async function estimatesOf(
  ctx: RequestContext,
  today: string,
  { horizon, size }: { horizon: Horizon; size: number },
): Promise<StoredLifetimeValue> {
  const isStored = horizon.months === STORED_HORIZON.months && horizon.rate === STORED_HORIZON.rate;
  const stored = await storedLifetimeValue(ctx.reports, today, isStored ? size : null);
  if (stored && isStored) return stored;
  if (stored) {
    const purchases = stored.estimated.map((one) => one.purchases);
    return { ...stored, estimated: await estimateCustomers(stored.fit.fitted, purchases, horizon) };
  }
  const [{ at, ...fit }, { candidates, customers }] = await Promise.all([
    fitOf(ctx, today),
    candidatesOf(ctx.reports, today),
  ]);
  const estimated = await estimateCustomers(fit.fitted, candidates, horizon);
  return { asOf: today, fittedAt: at, customers, fit, estimated };
}

/** The models of the present day; fitted at most once an hour, since they change slowly and a fit takes seconds. */
function fitOf(ctx: RequestContext, asOf: string): Promise<Fit> {
  return ctx.caches.of(FITS).read(ctx.db, asOf, async () => {
    const sample = await sampleOfCustomers(ctx.reports, asOf);
    return { at: ctx.clock.now(), ...(await fitCustomers(sample)) };
  });
}

function returnsWithin(model: BgNbd, months: number): Decimal {
  return new Decimal(1 - probabilityOfCount(model, 0, months * MONTH_WEEKS)).toDecimalPlaces(4);
}

function parametersOf({ bgNbd, gammaGamma }: Models): { name: string; value: Decimal }[] {
  // In the order of the papers: stored ones have none.
  const { r, alpha, a, b } = bgNbd;
  const { p, q, v } = gammaGamma;
  return Object.entries({ r, alpha, a, b, p, q, v }).map(([name, value]) => ({
    name,
    value: new Decimal(value.toPrecision(6)),
  }));
}

function notesOf({ models, reason }: FittedModels, customers: number): string[] {
  const limits = models
    ? [
        'The models assume that customers buy at rates of their own that do not change with the season, and that the value of a purchase does not depend on how often a customer buys.',
        'A customer with a single purchase counts as active: BG/NBD lets customers leave after a second purchase only.',
      ]
    : [`${reason}: each customer's own rate and average so far go on, and no customer is expected to leave.`];
  if (customers <= MAX_CANDIDATES) return limits;
  return [
    ...limits,
    `Of ${customers} customers, the ${MAX_CANDIDATES} with the most revenue so far were estimated.`,
  ];
}

function shown(
  { purchases, estimate: { orders, value, clv, alive } }: EstimatedCustomer,
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
