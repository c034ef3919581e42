/** Estimates of customers by the models of their shop. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expectedPurchases, probabilityAlive } from './bg-nbd.rules';
import { historyOf } from './customer-fit';
import type { FittedModels, Models } from './fit-models';
import { expectedValue } from './gamma-gamma.rules';
import type { Purchases } from './lifetime-value.queries';
import { averageEstimate, discounted, type Estimate } from './lifetime-value.rules';

/** The time ahead. */
export interface Horizon {
  readonly months: number;
  /** Discount by month, as a share. */
  readonly rate: number;
}

/** A customer's purchases and the estimate by them. */
export interface EstimatedCustomer {
  readonly purchases: Purchases;
  readonly estimate: Estimate;
}

/** Estimates between two turns of other requests. */
const CHUNK = 100;

/** The customers with their estimates, those with the highest value first. */
export async function estimateCustomers(
  { models }: FittedModels,
  customers: readonly Purchases[],
  { months, rate }: Horizon,
): Promise<EstimatedCustomer[]> {
  const estimate = (purchases: Purchases): Estimate =>
    models ? modelEstimate(models, purchases, { months, rate }) : averageEstimate(purchases, months, rate);
  const estimated = await inChunks(customers, (purchases) => ({ purchases, estimate: estimate(purchases) }));
  return estimated.sort(
    (a, b) => b.estimate.clv - a.estimate.clv || (a.purchases.customerId < b.purchases.customerId ? -1 : 1),
  );
}

function modelEstimate({ bgNbd, gammaGamma }: Models, purchases: Purchases, horizon: Horizon): Estimate {
  const history = historyOf(purchases);
  const value = expectedValue(gammaGamma, { x: history.x, mean: Math.max(0, purchases.mean ?? 0) });
  const { orders, clv } = discounted((weeks) => expectedPurchases(bgNbd, history, weeks), value, horizon);
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
