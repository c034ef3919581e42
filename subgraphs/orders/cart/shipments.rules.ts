/** The shipments of a basket: one, or one for the goods of each vendor; and the rates that all of them have. Pure. */
import { groupBy } from '#kernel/collections';
import { sum, type Decimal } from '#kernel/decimal';
import type { StorefrontSettingsRow } from '../tables.generated';
import { freeShippingValue, type ValuedGoods } from './free-shipping.rules';

/** Goods that are sent together. */
export interface Shipment<Goods extends ValuedGoods> {
  /** The vendor; null for goods of the shop, and for goods of several vendors. */
  vendorId: string | null;
  goods: readonly Goods[];
  /** The value of the goods before discounts: a discount must not make the shipment more expensive. */
  subtotal: Decimal;
  /** The value that has to reach the value from which shipping is free. */
  freeShippingValue: Decimal;
}

/**
 * The shipments of goods, by the settings of the web shop. A shipment of one vendor's goods is free by their own value, or by that of the
 * whole basket.
 */
export function shipmentsOf<Goods extends ValuedGoods>(
  { shippingPer, freeShippingPer }: Pick<StorefrontSettingsRow, 'shippingPer' | 'freeShippingPer'>,
  goods: readonly Goods[],
): Shipment<Goods>[] {
  const shipment = (vendorId: string | null, part: readonly Goods[]): Shipment<Goods> => ({
    vendorId,
    goods: part,
    subtotal: sum(part.map(({ value }) => value)),
    freeShippingValue: freeShippingValue(freeShippingPer, freeShippingPer === 'vendor' ? part : goods),
  });
  if (shippingPer === 'basket' || goods.length === 0) return [shipment(null, goods)];
  return [...groupBy(goods, ({ vendorId }) => vendorId ?? '').values()].map((part) =>
    shipment(part[0]!.vendorId, part),
  );
}

/** Rates for one shipment. */
interface PartRates<Rate> {
  rates: readonly Rate[];
  reason: string | null;
}

/**
 * The rates that all shipments have, in the order of the first shipment: each with its part for every shipment.
 * @returns the reason of the first shipment without a rate, if no rate is common to all.
 */
export function commonRates<Rate extends { code: string }>(
  quoted: readonly PartRates<Rate>[],
): { rates: (readonly Rate[])[]; reason: string | null } {
  const [first, ...others] = quoted;
  const rates = first!.rates.flatMap((rate) => {
    const parts = others.map((other) => other.rates.find(({ code }) => code === rate.code));
    return parts.every((part) => part !== undefined) ? [[rate, ...parts]] : [];
  });
  if (rates.length > 0) return { rates, reason: null };
  const reason = quoted.find((one) => one.rates.length === 0)?.reason;
  return { rates, reason: reason ?? 'No shipping rate sends the goods of all vendors.' };
}
