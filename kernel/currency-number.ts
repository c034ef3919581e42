/** ISO 4217's currency numbers, as used in barcodes and payment terminals. */
import { code as currencyRecord } from 'currency-codes';

/** Missing in the package's list (June 2024): the Caribbean guilder took over the number of the Antillean one. */
const NEWER: Readonly<Record<string, string>> = { XCG: '532' };

/**
 * The three digits of a currency; undefined for a currency without a number in ISO 4217.
 * @example currencyNumber('CHF') === '756'
 */
export function currencyNumber(currency: string): string | undefined {
  return NEWER[currency] ?? currencyRecord(currency)?.number;
}
