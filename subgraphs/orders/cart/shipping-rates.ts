/**
 * The port of carts to shipping: what it costs to send the goods. The shipping domain, which stands behind orders, quotes the rates of the
 * zones (subgraphs/list.ts hands it over); an organization without zones has the flat rate of its web shop.
 */
import type { Queryable } from '#kernel/db/database';
import { ZERO, sum, type Decimal } from '#kernel/decimal';
import type { PostalAddress } from '../order/postal-address.rules';
import type { PricingTerms } from '../pricing/pricing.rules';
import { taxedShipping, type Shipping, type TaxedGoods } from '../pricing/shipping.rules';
import {
  shippingTaxTerms,
  storefrontSettings,
  type StorefrontSettings,
} from '../storefront/storefront-settings';
import { freeShippingValue, type ValuedGoods } from './free-shipping.rules';

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

/**
 * Quotes the rates of an organization's zones; undefined if it has none.
 * @param db the caller's own connection: a caller in a transaction must not wait for a second one.
 */
export type ShippingQuotes = (db: Queryable, goods: GoodsToSend) => Promise<QuotedRates | undefined>;

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

/** The goods of a cart, for its rates. */
export interface CartGoods extends SentGoods {
  /** Whether a campaign pays the shipment. */
  isFree: boolean;
  /** The goods with their taxes, after discounts. */
  taxed: readonly TaxedGoods[];
}

const FLAT_RATE = { code: 'standard', name: 'Standard shipping' };

/** The rates that are available for a cart. */
export async function shippingRates(
  db: Queryable,
  quotes: ShippingQuotes,
  terms: PricingTerms,
  { isFree, taxed, address, items }: CartGoods,
): Promise<CartRates> {
  const settings = await storefrontSettings(db);
  const goods = { address, items, ...valuesOf(settings, items) };
  const { rates, reason } = (await quotes(db, goods)) ?? flatRate(settings, goods);
  const taxTerms = shippingTaxTerms(settings);
  return {
    rates: rates.map((rate) => ({
      ...rate,
      ...taxedShipping(terms, taxTerms, taxed, isFree ? ZERO : rate.amount),
    })),
    reason,
  };
}

/** The values of goods by which rates are quoted, by the settings of the web shop. */
export async function goodsValues(
  db: Queryable,
  goods: readonly ValuedGoods[],
): Promise<Pick<GoodsToSend, 'subtotal' | 'freeShippingValue'>> {
  return valuesOf(await storefrontSettings(db), goods);
}

function valuesOf({ freeShippingPer }: StorefrontSettings, goods: readonly ValuedGoods[]) {
  return {
    subtotal: sum(goods.map(({ value }) => value)),
    freeShippingValue: freeShippingValue(freeShippingPer, goods),
  };
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
