/** Checks of exchange rates, typed or imported. Pure. */
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { historicCurrency } from '#kernel/historic-currencies';
import { isCurrency } from '#kernel/iso-currencies';

/** Digits after the point, as the column has them. */
const RATE_PLACES = 15;
const MAX_RATE = '1000000000000';

/** The errors of a currency of a rate on a day. A withdrawn one has rates of its own time alone. */
export function rateCurrencyErrors(field: string, code: string, date: string): FieldError[] {
  if (isCurrency(code)) return [];
  const withdrawn = historicCurrency(code);
  if (!withdrawn)
    return [{ field, message: `"${code.slice(0, 10)}" is not a currency of ISO 4217.`, code: 'INVALID' }];
  if (date < withdrawn.until) return [];
  const message = `${code} was withdrawn on ${withdrawn.until}; only earlier rates of it exist.`;
  return [{ field, message, code: 'WITHDRAWN' }];
}

/** The errors of a rate. */
export function rateErrors(field: string, rate: Decimal): FieldError[] {
  if (!rate.greaterThan(0)) return [{ field, message: 'Must be above zero.', code: 'NOT_POSITIVE' }];
  if (rate.greaterThan(MAX_RATE))
    return [{ field, message: `Must not be above ${MAX_RATE}.`, code: 'TOO_LARGE' }];
  if (rate.decimalPlaces() > RATE_PLACES)
    return [{ field, message: `Must have at most ${RATE_PLACES} decimal places.`, code: 'PRECISION' }];
  return [];
}
