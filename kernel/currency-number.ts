/** ISO 4217's numbers of currencies, as barcodes and payment terminals carry them. */
import { code as currencyRecord } from 'currency-codes';

/** What the list of the package (June 2024) does not have yet: the Caribbean guilder took over the number of the Antillean one. */
const NEWER: Readonly<Record<string, string>> = { XCG: '532' };

/**
 * The three digits of a currency; undefined for one that ISO 4217 has no number for.
 * @example currencyNumber('CHF') === '756'
 */
export function currencyNumber(currency: string): string | undefined {
  return NEWER[currency] ?? currencyRecord(currency)?.number;
}
