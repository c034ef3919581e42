/** Types of the domain: orders as stored, and as operations return them. */
import type { Decimal } from '#kernel/decimal';
import type { GiftCard, PaymentRow } from '#subgraphs/payments/index';
import type { OrderDiscountRow, OrderLineRow, OrderRow as StoredOrder } from './tables.generated';

export type {
  OrderDiscountRow,
  OrderLineRow,
  OrderShipmentLineRow,
  OrderShipmentRow,
  OrderStepRow,
} from './tables.generated';

/** Maximum number of lines of an order: more than the largest real invoices have. */
export const MAX_LINES = 2_500;

/** A sale or a return. A return has negative quantities and amounts, so that any sum over orders is net. */
export type OrderKind = StoredOrder['kind'];

/** The channel through which an order was placed. */
export type OrderChannel = StoredOrder['channel'];

/** An order without its lines. Every amount is rounded to the currency. */
export interface OrderRow extends StoredOrder {
  /** A training sale can be answered and printed, but it is not in the tables of orders. */
  training?: boolean;
}

/** An order with its lines, in line order. */
export interface FullOrder extends OrderRow {
  lines: OrderLineRow[];
  /** The shares of the lines in the discounts, by discount and line. */
  discounts: OrderDiscountRow[];
}

/** A posted order with its payments. */
export interface PostedOrder {
  order: FullOrder;
  payments: PaymentRow[];
  /** Gift cards that the order has issued, without their codes; undefined for none. */
  giftCards?: GiftCard[];
}

/** A line with the currency in which its amounts are formatted. */
export type ShownLine = OrderLineRow & { currency: string };

/** A discount of an order, or of one of its lines, with the currency in which its amounts are formatted. */
export interface ShownDiscount extends Pick<OrderDiscountRow, 'source' | 'label' | 'campaignId' | 'amount'> {
  position: number;
  currency: string;
}

/** A discount of an order with the shares of its lines. */
export interface ShownOrderDiscount extends ShownDiscount {
  items: { line: number; amount: Decimal; currency: string }[];
}

/** The sums of one tax rate, with the currency in which they are formatted. */
export interface ShownTax {
  rate: Decimal;
  net: Decimal;
  tax: Decimal;
  currency: string;
}
