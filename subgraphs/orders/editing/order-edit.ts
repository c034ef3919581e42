/** Types of edits. */
import type { Decimal } from '#kernel/decimal';
import type { Basket } from '../basket/basket.rules';
import type { TillTerms } from '../basket/selling-terms';
import type { LineQuantity } from '../fulfilment/line-quantities.rules';
import type { FullOrder } from '../model';

/** An edit with its prices, and without issues. */
export interface PricedEdit {
  terms: TillTerms;
  /** The added goods. */
  basket: Basket;
  /** The removed goods, which were not shipped. */
  removed: readonly LineQuantity[];
  reason: string | null;
  /** The register that refunds cash; null for none. */
  registerId: string | null;
  /** Whether nothing of the order was shipped and nothing of it stays. */
  replacesAll: boolean;
}

/** An edit that was made. Amounts are in the currency of the order, with tax. */
export interface OrderEdit {
  order: FullOrder;
  /** The order with the added goods; null if none were added, and for an order that waits. */
  supplement: FullOrder | null;
  /** The return that cancelled the removed goods; null if none were removed, and for an order that waits. */
  cancellation: FullOrder | null;
  currency: string;
  added: Decimal;
  removed: Decimal;
  refunded: Decimal;
  /** Due for the order and its supplements. */
  due: Decimal;
}
