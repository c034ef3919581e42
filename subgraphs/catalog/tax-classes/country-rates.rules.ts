/** Tax classes of a new shop by its country, from country-rates.json, which has the source and the date of each country's rates. */
import { Decimal } from '#kernel/decimal';
import rates from './country-rates.json';

/** The tax rates of a country that a shop there needs. Rates of rare goods are not among them. */
export interface CountryRates {
  /** The day on which the rates applied, "2026-01-31". */
  readonly asOf: string;
  /** Address at which the country publishes them. */
  readonly source: string;
  /** In percent by the codes of TAX_CLASS_NAMES; the first is the default. */
  readonly rates: Readonly<Record<string, string>>;
  /** A sentence for the owner: a choice that the country leaves to the place or the shop. Optional. */
  readonly note?: string;
}

/** The countries whose rates are known, by their codes of ISO 3166-1 alpha-2. */
export const COUNTRY_RATES: Readonly<Record<string, CountryRates>> = rates;

/** Names of the tax classes by their codes. */
export const TAX_CLASS_NAMES: Readonly<Record<string, string>> = {
  standard: 'Standard',
  intermediate: 'Intermediate',
  reduced: 'Reduced',
  'second-reduced': 'Second reduced',
  'super-reduced': 'Super-reduced',
  lodging: 'Lodging',
  border: 'Border region',
  luxury: 'Luxury',
  'sales-tax': 'Sales tax',
  zero: 'Zero',
};

/** A tax class before it has an id. */
export interface CountryTaxClass {
  readonly name: string;
  readonly code: string;
  readonly rate: Decimal;
  readonly isDefault: boolean;
}

/**
 * The tax classes of a country; none for a country whose rates are not known. Every country has "Zero": exempt goods, deposits and gift cards of
 * several rates carry no tax anywhere.
 */
export function countryTaxClasses(country: string): CountryTaxClass[] {
  const known = COUNTRY_RATES[country];
  if (!known) return [];
  return Object.entries({ ...known.rates, zero: '0' }).map(([code, rate], index) => ({
    name: TAX_CLASS_NAMES[code] ?? code,
    code,
    rate: new Decimal(rate),
    isDefault: index === 0,
  }));
}
