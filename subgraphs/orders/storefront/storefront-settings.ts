/** The settings of an organization's web shop. */
import type { RequestContext } from '#kernel/context';
import { withoutNull } from '#kernel/collections';
import { isCountry, NOT_A_COUNTRY } from '#kernel/countries.rules';
import type { Transaction } from '#kernel/db/database';
import { ZERO } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { amountErrors, rangeErrors, throwFieldErrors } from '#kernel/validation';
import { currencyOf, organizationSettings, type SettingsOf } from '#subgraphs/auth/index';
import type { StorefrontSettingsInput } from '../inputs.generated';
import type { ShippingTaxTerms } from '../pricing/shipping.rules';
import { storefrontSettings as table, type StorefrontSettingsRow } from '../tables.generated';

export type StorefrontSettings = SettingsOf<StorefrontSettingsRow>;

/** Settings with the currency in which their amounts are shown. */
export type ShownSettings = StorefrontSettings & { currency: string };

/** The settings of a web shop that never changed them. */
export const STOREFRONT_DEFAULTS: StorefrontSettings = {
  shippingPrice: ZERO,
  shippingTaxRate: ZERO,
  shippingTaxRule: 'fixed',
  freeShippingFrom: null,
  freeShippingPer: 'basket',
  shippingPer: 'basket',
  carrierRates: false,
  shippingCountries: [],
  reservationMinutes: 15,
  abandonedAfterMinutes: 60,
  cartLifetimeDays: 30,
  updatedAt: null,
  version: 0,
};

const SETTINGS = organizationSettings({
  title: 'settings of the web shop',
  table,
  defaults: STOREFRONT_DEFAULTS,
});

/** The settings of the caller's organization. */
export const storefrontSettings = SETTINGS.read;

/** The rule for the tax of shipments. */
export function shippingTaxTerms({ shippingTaxRule, shippingTaxRate }: StorefrontSettings): ShippingTaxTerms {
  return { rule: shippingTaxRule, fixedRate: shippingTaxRate };
}

const MINUTE_MS = 60_000;

/** Until when goods are reserved for a payment that is asked for now. */
export async function reservationEnd(tx: Transaction): Promise<Date> {
  const { reservationMinutes } = await storefrontSettings(tx);
  return new Date(tx.now.getTime() + reservationMinutes * MINUTE_MS);
}

export async function shownSettings(ctx: RequestContext): Promise<ShownSettings> {
  return { ...(await storefrontSettings(ctx.db)), currency: await currencyOf(ctx) };
}

/** @throws PosProError 422 by field; 409 or 412 for another version. */
export async function updateStorefrontSettings(
  ctx: RequestContext,
  { version, ...input }: StorefrontSettingsInput,
): Promise<ShownSettings> {
  const currency = await currencyOf(ctx);
  throwFieldErrors(settingsErrors(input, currency));
  const { freeShippingFrom, shippingCountries, ...others } = input;
  const countries = shippingCountries?.map((code) => code.trim().toUpperCase());
  const stored = await SETTINGS.update(ctx, version, () => ({
    ...withoutNull(others),
    // Null is a value of this setting alone.
    freeShippingFrom,
    shippingCountries: countries && [...new Set(countries)].sort(),
  }));
  return { ...stored, currency };
}

/** The highest values, each from 1. */
const MAXIMA = { reservationMinutes: 1_440, abandonedAfterMinutes: 43_200, cartLifetimeDays: 365 } as const;

function settingsErrors(input: StorefrontSettingsInput, currency: string): FieldError[] {
  const { shippingPrice, shippingTaxRate, freeShippingFrom, shippingCountries } = input;
  const errors: FieldError[] = [
    ...(shippingPrice == null ? [] : amountErrors('shippingPrice', shippingPrice, currency, 'not_negative')),
    ...(freeShippingFrom == null
      ? []
      : amountErrors('freeShippingFrom', freeShippingFrom, currency, 'not_negative')),
  ];
  if (shippingTaxRate != null) errors.push(...rangeErrors('shippingTaxRate', shippingTaxRate, 0, 100));
  for (const [index, code] of (shippingCountries ?? []).entries()) {
    if (!isCountry(code.trim()))
      errors.push({ field: `shippingCountries.${index}`, message: NOT_A_COUNTRY, code: 'INVALID' });
  }
  for (const [field, max] of Object.entries(MAXIMA)) {
    const value = input[field as keyof typeof MAXIMA];
    if (value != null) errors.push(...rangeErrors(field, value, 1, max));
  }
  return errors;
}
