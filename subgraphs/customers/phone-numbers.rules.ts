/** Phone numbers in E.164. */
// The full metadata knows which numbers exist; the smaller sets know only how long they are. Every file imports this set: a second one
// would be loaded beside it.
import { parsePhoneNumberFromString, isSupportedCountry } from 'libphonenumber-js/max';
import { readPhone } from './search-keys.rules';

/**
 * A phone number in E.164: one text for all spellings of a number. Null if the text is not a valid number, or has no country code and
 * the country is unknown. An extension is not a part of it.
 *
 * @param country of a number without a country code, ISO 3166-1 alpha-2.
 * @example
 * e164('(0)30 1234567', 'DE'); // '+49301234567'
 * e164('12345', 'DE'); // null
 */
export function e164(text: string, country: string | undefined): string | null {
  const { digits, international } = readPhone(text);
  const known = country !== undefined && isSupportedCountry(country) ? country : undefined;
  const number = international
    ? parsePhoneNumberFromString(`+${digits}`)
    : parsePhoneNumberFromString(digits, known);
  return number?.isValid() ? number.number : null;
}
