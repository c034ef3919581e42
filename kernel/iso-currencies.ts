/**
 * The currencies of ISO 4217: the one list from which codes, numbers and minor units come. The runtime's own list (CLDR) keeps
 * withdrawn currencies, and has other minor units.
 */
import { data as publishedList } from 'currency-codes';

/** A currency of ISO 4217. */
export interface IsoCurrency {
  /** Three letters: "EUR". */
  readonly code: string;
  /** Three digits, as used in barcodes and payment terminals: "978". */
  readonly number: string;
  /** Number of minor digits: 2 for EUR, 0 for JPY, 3 for KWD. */
  readonly exponent: number;
}

/** Amendments since the package's list of June 2024. The Caribbean guilder took over the number of the Antillean one. */
const ADDED: readonly IsoCurrency[] = [{ code: 'XCG', number: '532', exponent: 2 }];
/** The Netherlands Antillean guilder in 2025, the Bulgarian lev on 1 January 2026. */
const WITHDRAWN: ReadonlySet<string> = new Set(['ANG', 'BGN']);

/** Codes in which no shop sells: funds, units of account, precious metals, and those for tests and for no currency. */
const NOT_TENDER: ReadonlySet<string> = new Set([
  'BOV', 'CHE', 'CHW', 'CLF', 'COU', 'MXV', 'USN', 'UYI', 'UYW', 'XAG', 'XAU', 'XBA', 'XBB', 'XBC', 'XBD', 'XDR', 'XPD', 'XPT', 'XSU',
  'XTS', 'XUA', 'XXX',
]); // prettier-ignore

const listed = [
  ...publishedList
    .filter(({ code }) => !WITHDRAWN.has(code))
    .map(({ code, number, digits }): IsoCurrency => ({ code, number, exponent: digits })),
  ...ADDED,
].sort((a, b) => (a.code < b.code ? -1 : 1));
const byCode: ReadonlyMap<string, IsoCurrency> = new Map(listed.map((currency) => [currency.code, currency]));

/** The currencies in which a shop can sell, in the order of their codes. */
export const CURRENCIES: readonly IsoCurrency[] = listed.filter(({ code }) => !NOT_TENDER.has(code));

/** A currency by its code; undefined for a code that ISO 4217 does not have, or no longer has. */
export function isoCurrency(code: string): IsoCurrency | undefined {
  return byCode.get(code);
}

/** Whether a shop can sell in a currency. A withdrawn currency is not accepted. */
export function isCurrency(code: string): boolean {
  return byCode.has(code) && !NOT_TENDER.has(code);
}
