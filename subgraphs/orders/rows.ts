/** The shapes of the rows of this domain, as they are stored and as operations hand them on. */
import type { Decimal } from '../../kernel/decimal';
import type { OrderStatus } from './states';

/** The most lines of one order: more than the largest real invoices have. */
export const MAX_LINES = 2_500;

/** A sale, or goods that came back (a credit note): then quantities and amounts are negative, so that any sum over orders is net. */
export type OrderKind = 'sale' | 'return';

/** Where the order came from. */
export type OrderChannel = 'pos' | 'web' | 'phone' | 'marketplace';

/** An order without its lines. Every amount is rounded to the currency. */
export interface OrderRow {
  id: string;
  organizationId: string;
  branchId: string;
  /** Human readable, counted per branch: "MAIN-0000042". */
  number: string;
  /** Counted per branch without gaps, in the order in which receipts were given out; null before there is a receipt. */
  receiptNumber: string | null;
  kind: OrderKind;
  status: OrderStatus;
  channel: OrderChannel;
  /** ISO 4217. */
  currency: string;
  pricesIncludeTax: boolean;
  /** The goods before any discount, with tax, whatever the prices are quoted in. */
  grossTotal: Decimal;
  /** The goods before any discount, as the prices are quoted: with tax where they include it. */
  subtotal: Decimal;
  /** All discounts, quoted as `subtotal` is. */
  discountTotal: Decimal;
  taxTotal: Decimal;
  /** What cash rounding added to the total; negative where it took away. */
  rounding: Decimal;
  /** What the customer owes: subtotal − discounts (+ tax, where prices exclude it) + rounding. */
  total: Decimal;
  /** What was handed over; `paid` − `change` is what stayed with the shop. */
  paid: Decimal;
  change: Decimal;
  /** How much of a sale was given back, as a positive amount. */
  refundedTotal: Decimal;
  pointsEarned: number;
  customerId: string | null;
  cashierId: string | null;
  registerId: string | null;
  registerSessionId: string | null;
  warehouseId: string | null;
  /** The till's own id of the sale, which makes a retry safe. */
  clientReference: string | null;
  /** On a return against a receipt: the sale. */
  originalOrderId: string | null;
  /** On a return: why. */
  reason: string | null;
  /** A return that undoes a sale of the same session, as if it had never been. */
  voids: boolean;
  /** What came on top for the staff; no part of `total`. Negative where it went back. */
  tip: Decimal;
  /** The kind of tender of the tip; null where there is none. */
  tipMethod: string | null;
  /** What the payments are above the total (negative: below), where a till took it offline, or undoes that; null where they agree. */
  paymentDifference: Decimal | null;
  /** Who gave leave for what the cashier may not do alone. */
  approvedBy: string | null;
  /** For people of how many years and above the goods are, by the strictest of them at that moment; null where for all. */
  minimumAge: number | null;
  /** Somebody made sure of the customer's age. False with a minimum age: a till sold without, while it was offline. */
  ageConfirmed: boolean;
  /** Who made sure of it; null where no person is known. */
  ageConfirmedBy: string | null;
  /** On the return and the sale of one exchange: the other of the two. */
  exchangeOrderId: string | null;
  note: string | null;
  /** When it was sold, by the till's own clock where the till said so. */
  createdAt: Date;
  /** When the server got it. */
  receivedAt: Date;
  /** The branch's day in its time zone, "YYYY-MM-DD". */
  businessDate: string;
  updatedAt: Date;
  /** Made for practice: it is answered and printed, and stands in no table of orders. */
  training?: boolean;
}

/** One line of an order: what was sold, as it was at that moment. On a return, quantity and amounts are negative. */
export interface OrderLineRow {
  id: string;
  organizationId: string;
  orderId: string;
  /** From 1, in the order in which the items were entered. */
  lineNo: number;
  productId: string;
  variantId: string;
  sku: string;
  name: string;
  unit: string;
  quantity: Decimal;
  /** What was charged for one, four places; with tax where the order's prices include it. */
  unitPrice: Decimal;
  /** What the catalogue asked for one at that moment. */
  listPrice: Decimal;
  /** Quantity × unit price, rounded. */
  subtotal: Decimal;
  /** The line's own discount and its share of the order's discount. */
  discount: Decimal;
  /** In percent. */
  taxRate: Decimal;
  net: Decimal;
  tax: Decimal;
  /** Net + tax. */
  total: Decimal;
  /** What one cost when it left the stock; null where no stock moved. */
  unitCost: Decimal | null;
  /** How many of a sold line came back. */
  returnedQuantity: Decimal;
  /** On a return against a receipt: the sold line. */
  originalLineId: string | null;
  note: string | null;
}

/** An order with its lines, in line order. */
export interface FullOrder extends OrderRow {
  lines: OrderLineRow[];
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

/** Something of another domain, or of this one, of which the id alone is known here. */
export interface Reference {
  id: string;
}
