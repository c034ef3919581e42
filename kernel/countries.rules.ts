/** Country codes of ISO 3166-1 alpha-2. */

const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' });

/** Codes that Unicode names beside those of countries: of unions, of groups of islands, of tests, and of no region at all. */
const NO_COUNTRIES = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ']);

/** Whether a text is the present code of a country, in capitals or small letters: neither "UK" (which is GB) nor "DD". */
export function isCountry(code: string): boolean {
  const capitals = code.toUpperCase();
  if (!/^[A-Z]{2}$/.test(capitals) || NO_COUNTRIES.has(capitals)) return false;
  return names.of(capitals) !== undefined && new Intl.Locale(`und-${capitals}`).region === capitals;
}

/** The message for any other text. */
export const NOT_A_COUNTRY = 'Is not a country code of ISO 3166-1, such as "DE".';
