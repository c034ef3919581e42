/** The shapes of the rows of this domain, as they are stored and as operations hand them on. */
import type { Decimal } from '#kernel/decimal';
import type { PaymentRow } from '#subgraphs/payments/index';
import type { OrderLineRow, OrderRow as StoredOrder } from './tables.generated';

export type { OrderLineRow } from './tables.generated';

/** The most lines of one order: more than the largest real invoices have. */
export const MAX_LINES = 2_500;

/** A sale, or goods that came back (a credit note): then quantities and amounts are negative, so that any sum over orders is net. */
export type OrderKind = StoredOrder['kind'];

/** Where the order came from. */
export type OrderChannel = StoredOrder['channel'];

/** An order without its lines. Every amount is rounded to the currency. */
export interface OrderRow extends StoredOrder {
  /** A training sale is answered and printed, and is in no table of orders. */
  training?: boolean;
}

/** An order with its lines, in line order. */
export interface FullOrder extends OrderRow {
  lines: OrderLineRow[];
}

/** An order as it was posted, with its payments. */
export interface PostedOrder {
  order: FullOrder;
  payments: PaymentRow[];
}

/** A line together with what is needed to show its amounts. */
export type ShownLine = OrderLineRow & { currency: string };

/** All of one tax rate of an order, likewise. */
export interface ShownTax {
  rate: Decimal;
  net: Decimal;
  tax: Decimal;
  currency: string;
}
