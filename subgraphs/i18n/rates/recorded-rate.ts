/** Exchange rates that a document keeps: with all their digits, so that its amounts can be converted at any time, and to the same result. */
import type { Queryable } from '#kernel/db/database';
import { Decimal } from '#kernel/decimal';
import { formatMoney, roundMoney } from '#kernel/money';
import {
  convertExactly,
  rateDateOf,
  shownRate,
  sourceOf,
  type ConversionLeg,
  type Quotation,
} from './conversion.rules';
import { findRatePath } from './exchange-rates.queries';

/** A rate as it is stored: the steps of the conversion. JSON has the rates as texts, because its numbers are not exact. */
export interface RecordedRate {
  readonly path: readonly string[];
  readonly legs: readonly (Omit<ConversionLeg, 'rate'> & { readonly rate: string })[];
}

/**
 * The rate from an organization's currency to another one on a day, to be kept. One statement.
 * @returns null if there is none that is recent enough: nothing is made up.
 */
export async function recordRate(
  db: Queryable,
  { from, to, date }: { from: string; to: string; date: string },
): Promise<RecordedRate | null> {
  const found = await findRatePath(db, { from, to, ownCurrency: from }, { date });
  if (!found) return null;
  const legs = found.legs.map(({ rate, ...leg }) => ({ ...leg, rate: rate.toFixed() }));
  return { path: found.path, legs };
}

/** A recorded rate as it is shown, with an amount in the other currency. */
export interface ShownRecordedRate {
  readonly currency: string;
  readonly rate: string;
  readonly rateDate: string;
  readonly source: Quotation['source'] | 'mixed';
  readonly path: string[];
  /** Formatted. */
  readonly total: string;
}

/** Shows a recorded rate. @param amount in the first currency of its path; it is rounded once, after the conversion. */
export function shownRecordedRate({ path, legs }: RecordedRate, amount: Decimal): ShownRecordedRate {
  const steps = legs.map((leg) => ({ ...leg, rate: new Decimal(leg.rate) }));
  const currency = path.at(-1)!;
  const total = roundMoney(new Decimal(convertExactly(amount, steps)), currency);
  return {
    currency,
    rate: shownRate(steps).toFixed(),
    rateDate: rateDateOf(steps)!,
    source: sourceOf(steps) as ShownRecordedRate['source'],
    path: [...path],
    total: formatMoney(total, currency),
  };
}
