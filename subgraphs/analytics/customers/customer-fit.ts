/** The models of a shop's customers with the figures that an answer says of them. */
import { fitModels, type FittedModels } from './fit-models';
import type { History } from './bg-nbd.rules';
import type { Spending } from './gamma-gamma.rules';
import { correlation, WEEK_DAYS } from './lifetime-value.rules';
import type { Purchases } from './lifetime-value.queries';

/** Models, or the reason for which there are none. Plain data: it is stored as JSON. */
export interface CustomerFit {
  readonly fitted: FittedModels;
  /** Number of customers. */
  readonly fittedOn: number;
  /** Number of those who bought on more than one day. */
  readonly repeaters: number;
  /** Of frequency and value; null for too few. */
  readonly correlation: number | null;
}

/** Fits the models on purchases of customers. */
export async function fitCustomers(sample: readonly Purchases[]): Promise<CustomerFit> {
  const spendings = sample.flatMap(({ x, mean }): Spending[] =>
    x > 0 && mean !== null && mean > 0 ? [{ x, mean }] : [],
  );
  return {
    fitted: await fitModels(sample.map(historyOf), spendings),
    fittedOn: sample.length,
    repeaters: spendings.length,
    correlation: correlation(spendings),
  };
}

/** In weeks. */
export function historyOf({
  x,
  recencyDays,
  ageDays,
}: Pick<Purchases, 'x' | 'recencyDays' | 'ageDays'>): History {
  return { x, tx: recencyDays / WEEK_DAYS, t: ageDays / WEEK_DAYS };
}
