/** The value of goods that decides whether their shipment is free. */
import { groupBy } from '#kernel/collections';
import { Decimal, sum } from '#kernel/decimal';
import type { FreeShippingPer } from '../inputs.generated';

/** Goods of a basket. */
export interface ValuedGoods {
  /** Null for goods of the shop. */
  readonly vendorId: string | null;
  /** Before discounts. */
  readonly value: Decimal;
}

/**
 * The value that has to reach the value from which shipping is free: that of the basket; or the lowest of a vendor, if the goods of each
 * vendor have to reach it by themselves. The goods of the shop count as those of one vendor.
 *
 * @example
 * // 60.00 of the shop and 20.00 of a vendor: 80.00 per basket, 20.00 per vendor.
 */
export function freeShippingValue(per: FreeShippingPer, goods: readonly ValuedGoods[]): Decimal {
  const valueOf = (parts: readonly ValuedGoods[]) => sum(parts.map(({ value }) => value));
  if (per === 'basket' || goods.length === 0) return valueOf(goods);
  const byVendor = groupBy(goods, ({ vendorId }) => vendorId ?? '');
  return Decimal.min(...[...byVendor.values()].map(valueOf));
}
