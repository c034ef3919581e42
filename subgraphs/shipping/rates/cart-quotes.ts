/**
 * The rates for carts: those of the zones, and those of the carrier. A carrier is asked without a transaction, and its answers are kept for
 * a while: the transaction of a checkout reads them, and a customer sees the same price on the way there.
 */
import type { CacheDefinition } from '#kernel/cache';
import { canonicalJson } from '#kernel/canonical-json.rules';
import { roundMoney } from '#kernel/money';
import type { QuotedRate, ShippingQuotes } from '#subgraphs/orders/index';
import { carrierSettings } from '../providers/carrier-settings';
import { carrierOffers } from './carrier-rates';
import { asOneParcel, zoneQuotes } from './quotes';
import { carrierCode } from './carrier-code.rules';

const CARRIER_QUOTES: CacheDefinition<readonly QuotedRate[]> = {
  name: 'carrier_quotes',
  domain: 'shipping',
  maxSize: 10_000,
  lifetimeMs: 15 * 60_000,
  // The version of the settings is a part of each key.
  drops: [],
};

/** A carrier that did not answer is left alone for this time, so that carts are not slow for as long as it is down. */
const SILENCE_MS = 30_000;

const carrierQuotes: ShippingQuotes['ofCarrier'] = async (
  ctx,
  { db, mayAsk },
  { address, items },
  currency,
) => {
  if (!address?.postalCode || items.length === 0) return [];
  const { carrier, version } = await carrierSettings(db, ctx.config);
  if (carrier === 'manual') return [];
  const parcel = await asOneParcel(db, items);
  const cache = ctx.caches.of(CARRIER_QUOTES);
  const silence = canonicalJson({ carrier, version });
  const key = canonicalJson({ carrier, version, currency, address, parcel });
  const known = cache.get(db.organizationId, key) ?? cache.get(db.organizationId, silence);
  if (known || !mayAsk) return known ?? [];
  const keep = cache.keeping(db);
  const { country, postalCode } = address;
  const consignment = { from: undefined, to: { country, postalCode }, parcels: [parcel] };
  const offers = await carrierOffers(ctx, consignment, currency);
  if (offers.some(({ reasonUnavailable }) => reasonUnavailable === 'carrier_unavailable')) {
    keep({ value: [], keys: [silence], lifetimeMs: SILENCE_MS });
    return [];
  }
  const rates = offers.flatMap(({ provider, code, name, amount, ...offer }) =>
    amount === null || offer.currency !== currency
      ? []
      : [{ code: carrierCode(provider, code), name, amount: roundMoney(amount, currency) }],
  );
  keep({ value: rates, keys: [key] });
  return rates;
};

/** The rates for carts. */
export const shippingQuotes: ShippingQuotes = { ofZones: zoneQuotes, ofCarrier: carrierQuotes };
