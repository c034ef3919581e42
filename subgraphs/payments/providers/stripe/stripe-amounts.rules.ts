/**
 * Amounts as Stripe counts them: integers in units of its own, which are not those of ISO 4217
 * (https://docs.stripe.com/currencies, "Zero-decimal currencies", "Three-decimal currencies" and "Special cases").
 */
import { Decimal } from '#kernel/decimal';
import { currencyExponent } from '#kernel/money';

/** Sent in whole units. MGA has two digits in ISO 4217. */
const ZERO_DECIMAL: readonly string[] = ['BIF', 'CLP', 'DJF', 'GNF', 'JPY', 'KMF', 'KRW', 'MGA', 'PYG', 'RWF', 'VND', 'VUV', 'XAF', 'XOF', 'XPF']; // prettier-ignore
/** Sent in thousandths, of which the last digit must be zero. */
const THREE_DECIMAL: readonly string[] = ['BHD', 'JOD', 'KWD', 'OMR', 'TND'];
/** Sent in hundredths, but whole units alone can be charged. */
const WHOLE_AS_HUNDREDTHS: readonly string[] = ['ISK', 'UGX'];

interface Units {
  /** Stripe's units in one unit of the currency. */
  readonly perUnit: number;
  /** The step of a permitted amount, in Stripe's units. */
  readonly step: number;
}

function unitsOf(currency: string): Units | undefined {
  if (ZERO_DECIMAL.includes(currency)) return { perUnit: 1, step: 1 };
  if (THREE_DECIMAL.includes(currency)) return { perUnit: 1000, step: 10 };
  if (WHOLE_AS_HUNDREDTHS.includes(currency)) return { perUnit: 100, step: 100 };
  // Any other currency has hundredths at Stripe; one that ISO 4217 counts otherwise is not accepted there.
  return currencyExponent(currency) === 2 ? { perUnit: 100, step: 1 } : undefined;
}

/**
 * The amount in Stripe's units; undefined for an amount or a currency that Stripe cannot charge.
 *
 * @example
 * toStripeAmount(new Decimal('12.50'), 'EUR') // 1250
 * toStripeAmount(new Decimal('5.120'), 'KWD') // 5120
 * toStripeAmount(new Decimal('5.124'), 'KWD') // undefined
 */
export function toStripeAmount(amount: Decimal, currency: string): number | undefined {
  const units = unitsOf(currency);
  const sent = units && amount.times(units.perUnit);
  return sent?.modulo(units!.step).isZero() ? sent.toNumber() : undefined;
}

/** An amount of Stripe in the currency's own unit. */
export function fromStripeAmount(amount: number, currency: string): Decimal {
  return new Decimal(amount).dividedBy(unitsOf(currency.toUpperCase())?.perUnit ?? 100);
}
