/**
 * The port of carts to shipping: what it costs to send the goods. The shipping domain, which stands behind orders, quotes the rates of the
 * zones (subgraphs/list.ts hands it over); an organization without zones has the flat rate of its web shop.
 */
import type { RequestContext } from '#kernel/context';
import type { Queryable } from '#kernel/db/database';
import { ZERO, type Decimal } from '#kernel/decimal';
import type { PostalAddress } from '../order/postal-address.rules';
import type { TillTerms } from '../basket/selling-terms';
import {
  joinedShipping,
  shippingAmounts,
  taxedShipping,
  type Shipping,
  type TaxedGoods,
} from '../pricing/shipping.rules';
import {
  shippingTaxTerms,
  storefrontSettings,
  type StorefrontSettings,
} from '../storefront/storefront-settings';
import type { ValuedGoods } from './free-shipping.rules';
import { commonRates, shipmentsOf, type Shipment } from './shipments.rules';

/** A price for a shipment, without its tax rate. */
export interface QuotedRate {
  /** Names the rate in the input of a cart. */
  code: string;
  name: string;
  /** Quoted as the prices of the goods are. */
  amount: Decimal;
}

/** The goods to send, and their destination. */
export interface GoodsToSend {
  /** Null while the customer has not entered it: then every place counts as possible. */
  address: Pick<PostalAddress, 'country' | 'postalCode'> | null;
  items: readonly { variantId: string; quantity: Decimal }[];
  /** The value of the goods before discounts: a discount must not make the shipment more expensive. */
  subtotal: Decimal;
  /** The value that has to reach the value from which shipping is free. */
  freeShippingValue: Decimal;
}

/** The rates for goods, the first one by default. */
export interface QuotedRates {
  rates: readonly QuotedRate[];
  /** The reason for people if there is no rate. */
  reason: string | null;
}

/** The connection of a caller: one in a transaction must not wait for a second one, or for a carrier. */
export interface RateReader {
  db: Queryable;
  /** Whether a carrier may be asked, or only its recent answers are read. */
  mayAsk: boolean;
}

/** The rates for goods. */
export interface ShippingQuotes {
  /** Those of the organization's zones; undefined if it has none. */
  ofZones(db: Queryable, goods: GoodsToSend): Promise<QuotedRates | undefined>;
  /** Those of its carrier in a currency, the cheapest first; none without an address, and if the carrier does not answer. */
  ofCarrier(
    ctx: RequestContext,
    reader: RateReader,
    goods: GoodsToSend,
    currency: string,
  ): Promise<readonly QuotedRate[]>;
}

/** A price for a shipment. */
export type ShippingRate = QuotedRate & Shipping;

/** Rates of a cart. */
export interface CartRates extends QuotedRates {
  rates: readonly ShippingRate[];
}

/** Goods that are sent, with their vendors and values. */
export interface SentGoods extends Pick<GoodsToSend, 'address'> {
  items: readonly (GoodsToSend['items'][number] & ValuedGoods)[];
}

/** The goods of a cart with their taxes, for its rates. */
export interface CartGoods extends SentGoods {
  items: readonly (SentGoods['items'][number] & TaxedGoods)[];
  /** Whether a campaign pays the shipment. */
  isFree: boolean;
}

const FLAT_RATE = { code: 'standard', name: 'Standard shipping' };

/** The rates that are available for a cart. If the goods of each vendor are sent by themselves, a rate is the sum of its prices. */
export async function shippingRates(
  ctx: RequestContext,
  reader: RateReader,
  by: { quotes: ShippingQuotes; terms: TillTerms },
  { isFree, address, items }: CartGoods,
): Promise<CartRates> {
  const { quotes, terms } = by;
  const { db } = reader;
  const settings = await storefrontSettings(db);
  const shipments = shipmentsOf(settings, items);
  const quoted: QuotedRates[] = [];
  // One after the other, since a transaction has one connection.
  for (const { goods, subtotal, freeShippingValue } of shipments) {
    const toSend = { address, items: goods, subtotal, freeShippingValue };
    const { rates, reason } = (await quotes.ofZones(db, toSend)) ?? flatRate(settings, toSend);
    const carried = settings.carrierRates ? await quotes.ofCarrier(ctx, reader, toSend, terms.currency) : [];
    quoted.push({ rates: [...rates, ...carried], reason });
  }
  const { rates, reason } = commonRates(quoted);
  const taxTerms = shippingTaxTerms(settings);
  const isSplit = settings.shippingPer === 'vendor';
  return {
    rates: rates.map((parts) => {
      const amounts = parts.map(({ amount }) => (isFree ? ZERO : amount));
      const taxed = shipments.map(({ goods }, index) =>
        taxedShipping(terms, taxTerms, goods, amounts[index]!),
      );
      const { code, name } = parts[0]!;
      const vendors = shipments.map(({ vendorId }, index) => ({
        vendorId,
        total: shippingAmounts(terms, taxed[index]).shippingTotal.toFixed(),
      }));
      return { code, name, ...joinedShipping(taxed), ...(isSplit && { vendors }) };
    }),
    reason,
  };
}

/**
 * The shipments of goods by the settings of the web shop, with the values by which their rates are quoted.
 * @param together whether the goods of all vendors are one shipment in any case.
 */
export async function plannedShipments<Goods extends ValuedGoods>(
  db: Queryable,
  goods: readonly Goods[],
  { together }: { together: boolean },
): Promise<Shipment<Goods>[]> {
  const settings = await storefrontSettings(db);
  return shipmentsOf(together ? { ...settings, shippingPer: 'basket' } : settings, goods);
}

/** The flat rate of the web shop. */
export async function flatRates(
  db: Queryable,
  goods: Pick<GoodsToSend, 'address' | 'freeShippingValue'>,
): Promise<QuotedRates> {
  return flatRate(await storefrontSettings(db), goods);
}

function flatRate(
  { shippingCountries, freeShippingFrom, shippingPrice }: StorefrontSettings,
  { address, freeShippingValue: value }: Pick<GoodsToSend, 'address' | 'freeShippingValue'>,
): QuotedRates {
  if (address && shippingCountries.length > 0 && !shippingCountries.includes(address.country))
    return { rates: [], reason: 'The goods cannot be sent to this address.' };
  const isFree = freeShippingFrom !== null && value.greaterThanOrEqualTo(freeShippingFrom);
  return { rates: [{ ...FLAT_RATE, amount: isFree ? ZERO : shippingPrice }], reason: null };
}
