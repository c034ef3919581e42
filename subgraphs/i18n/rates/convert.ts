/** Converts an amount of money from one currency to another. */
import type { RequestContext } from '#kernel/context';
import { Decimal } from '#kernel/decimal';
import { formatMoney, formatUnitPrice, roundMoney } from '#kernel/money';
import { FieldErrors } from '#kernel/validation';
import { currencyOf } from '#subgraphs/auth/index';
import type { ConvertCurrencyInput } from '../inputs.generated';
import { convertExactly, rateDateOf, shownRate, sourceOf } from './conversion.rules';
import { maxAgeErrors, requireRatePath } from './exchange-rates.queries';
import { knownCurrency } from './known-currency';
import { today } from './today';

/** The result of a conversion, with the rates that it used. */
export interface Conversion {
  readonly amount: string;
  readonly from: string;
  readonly to: string;
  readonly result: string;
  readonly rate: string;
  readonly path: string[];
  readonly date: string;
  readonly rateDate: string;
  readonly source: ReturnType<typeof sourceOf>;
}

/** More digits than any currency has; unit prices have up to four. */
const MAX_PLACES = 6;

/**
 * Converts an amount by the rates of a day, and rounds the result once.
 * @throws PosProError 422 by field; RATE_UNAVAILABLE if there is no rate.
 */
export async function convertCurrency(ctx: RequestContext, input: ConvertCurrencyInput): Promise<Conversion> {
  const from = knownCurrency('from', input.from);
  const to = knownCurrency('to', input.to);
  const errors = new FieldErrors();
  errors.take(maxAgeErrors(input.maxAgeDays));
  if (input.amount.decimalPlaces() > MAX_PLACES)
    errors.add('amount', `Must have at most ${MAX_PLACES} decimal places.`, 'PRECISION');
  errors.throwIfAny();
  const date = input.date ?? (await today(ctx));
  const ownCurrency = await currencyOf(ctx);
  const { path, legs } = await requireRatePath(
    ctx.db,
    { from, to, ownCurrency },
    { date, maxAgeDays: input.maxAgeDays },
  );
  const result = roundMoney(new Decimal(convertExactly(input.amount, legs)), to);
  return {
    amount: formatUnitPrice(input.amount, from),
    from,
    to,
    result: formatMoney(result, to),
    rate: shownRate(legs).toFixed(),
    path,
    date,
    rateDate: rateDateOf(legs) ?? date,
    source: sourceOf(legs),
  };
}
