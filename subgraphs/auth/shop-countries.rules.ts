/**
 * Settings of a new shop by its country. The tax rates of a country are the catalogue's
 * (subgraphs/catalog/tax-classes/country-rates.json), which has the same countries.
 */
import { Decimal } from '#kernel/decimal';
import countries from './shop-countries.json';
import texts from './shop-texts.json';

/** A country of shop-countries.json. */
export interface ShopCountry {
  /** ISO 4217. */
  readonly currency: string;
  /** IANA name of the only zone, or of the one in which most people live. */
  readonly timeZone: string;
  /** BCP 47, the one that most people speak first. */
  readonly languages: readonly string[];
  /** Smallest coin to which totals in cash are rounded, in the major unit; "0" without rounding. */
  readonly cashStep: string;
  /** Whether shops show prices with tax. Defaults to true. */
  readonly pricesIncludeTax?: boolean;
}

/** The countries whose settings are known, by their codes of ISO 3166-1 alpha-2. */
export const SHOP_COUNTRIES: Readonly<Record<string, ShopCountry>> = countries;

/** The settings of a registration that its country decides where the caller did not. */
interface CountrySettings {
  currency?: string | null | undefined;
  timeZone?: string | null | undefined;
  pricesIncludeTax?: boolean | null | undefined;
  cashRoundingStep?: Decimal | null | undefined;
  defaultLanguage?: string | null | undefined;
}

/**
 * The country of a currency and a time zone, if there is only one. Both are needed: a currency has many countries, and a time zone alone may be
 * that of a traveller.
 *
 * @example
 * guessedCountry({ currency: 'EUR', timeZone: 'Europe/Vienna' }) // 'AT'
 * guessedCountry({ currency: 'EUR', timeZone: 'Europe/Zurich' }) // undefined
 */
export function guessedCountry({
  currency,
  timeZone,
}: Pick<CountrySettings, 'currency' | 'timeZone'>): string | undefined {
  if (currency == null || timeZone == null) return undefined;
  const zone = canonicalZone(timeZone);
  const [country, ...others] = Object.entries(SHOP_COUNTRIES)
    .filter(([, known]) => known.currency === currency.trim().toUpperCase())
    .filter(([code]) => zonesOf(code).some((known) => canonicalZone(known) === zone));
  return others.length === 0 ? country?.[0] : undefined;
}

/** Node 20 has the zones in a property, later versions in a method. */
interface LocaleWithZones {
  getTimeZones?(): readonly string[];
  readonly timeZones?: readonly string[];
}

/** The time zones of a country, by the data of Unicode. */
function zonesOf(country: string): readonly string[] {
  const locale = new Intl.Locale(`und-${country}`) as LocaleWithZones;
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}

/** A zone under the name that the runtime prefers, since "Asia/Kolkata" is "Asia/Calcutta", too; unchanged if it is not a zone. */
function canonicalZone(zone: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch (error) {
    // The registration rejects it by its field.
    if (error instanceof RangeError) return zone;
    throw error;
  }
}

/** The settings of a country where the caller gave none. The smallest coin belongs to the country's own currency alone. */
export function settingsOfCountry<Settings extends CountrySettings>(
  code: string | null,
  given: Settings,
): Settings {
  const country = code === null ? undefined : SHOP_COUNTRIES[code];
  if (!country) return given;
  const currency = given.currency ?? country.currency;
  const isOwnCurrency = currency.trim().toUpperCase() === country.currency;
  const countryStep = isOwnCurrency ? new Decimal(country.cashStep) : undefined;
  return {
    ...given,
    currency,
    timeZone: given.timeZone ?? country.timeZone,
    pricesIncludeTax: given.pricesIncludeTax ?? country.pricesIncludeTax,
    cashRoundingStep: given.cashRoundingStep ?? countryStep,
    defaultLanguage: given.defaultLanguage ?? country.languages[0],
  };
}

/** First texts of a shop. */
interface ShopTexts {
  /** Text at the bottom of receipts. */
  readonly receiptFooter: string;
  /** The word for a register. */
  readonly register: string;
}

/** The first texts of a shop in a language; in English for a language without texts. @param language BCP 47 */
export function shopTexts(language: string): ShopTexts {
  const byLanguage: Readonly<Record<string, ShopTexts>> = texts;
  return byLanguage[new Intl.Locale(language).language] ?? texts.en;
}
