/**
 * The port of carts to shipping: what it costs to send the goods. A carrier's rates take the place of the flat rate here, and carts
 * need not know.
 */
import type { Queryable } from '#kernel/db/database';
import { type Decimal, ZERO } from '#kernel/decimal';
import { storefrontSettings } from '../storefront/storefront-settings';
import type { PostalAddress } from '../order/postal-address.rules';

/** A price for a shipment. */
export interface ShippingRate {
  /** Names the rate in the input of a cart. */
  code: string;
  name: string;
  /** Quoted as the prices of the goods are. */
  amount: Decimal;
  /** In percent. */
  taxRate: Decimal;
}

/** The goods to send, and their destination. */
export interface Parcel {
  /** Null while the customer has not entered it: then every country counts as possible. */
  address: Pick<PostalAddress, 'country'> | null;
  /** The value of the goods before discounts: a discount must not make the shipment more expensive. */
  subtotal: Decimal;
  /** Whether a campaign pays the shipment. */
  isFree: boolean;
}

const FLAT_RATE = { code: 'standard', name: 'Standard shipping' };

/** The rates that are available, the first one by default; empty if the goods cannot be sent there. */
export async function shippingRates(
  db: Queryable,
  { address, subtotal, isFree }: Parcel,
): Promise<readonly ShippingRate[]> {
  const settings = await storefrontSettings(db);
  const { shippingCountries, freeShippingFrom, shippingPrice, shippingTaxRate: taxRate } = settings;
  if (address && shippingCountries.length > 0 && !shippingCountries.includes(address.country)) return [];
  const free = isFree || (freeShippingFrom !== null && subtotal.greaterThanOrEqualTo(freeShippingFrom));
  return [{ ...FLAT_RATE, amount: free ? ZERO : shippingPrice, taxRate }];
}
