/** The amount that is due for an order, and what was paid and shipped of it: computed from the order, never stored. */
import { ZERO, type Decimal } from '#kernel/decimal';
import type { FulfilmentStatus, OrderPaymentStatus } from '../inputs.generated';
import type { OrderLineRow, OrderRow } from '../model';

/** The amounts of an order that decide its balance. */
type Balance = Pick<
  OrderRow,
  'kind' | 'total' | 'paid' | 'change' | 'refundedTotal' | 'waivedTotal' | 'paymentDifference'
>;

/** The money that was received for an order, before refunds. */
function receivedAmount({ paid, change }: Pick<Balance, 'paid' | 'change'>): Decimal {
  return paid.minus(change);
}

/**
 * The amount that is still to be paid: total − payments + refunds. A refund reduces the total and the payments alike, unless its amount
 * had not been paid (`waivedTotal`). Negative if more was paid than is owed.
 *
 * @example
 * // Paid 100.00; 20.00 of goods are added, and cancelled before they are paid: due is 20.00, then 0.00, and nothing is refunded.
 */
export function dueAmount(order: Balance): Decimal {
  if (order.kind === 'return') return ZERO;
  const owed = order.total.plus(order.paymentDifference ?? ZERO).minus(order.waivedTotal);
  return owed.minus(receivedAmount(order));
}

/** The money of an order that was received and not refunded yet. */
export function refundableMoney(order: Balance): Decimal {
  return receivedAmount(order).minus(order.refundedTotal).plus(order.waivedTotal);
}

/** The paid part of an order. */
export function paymentStatusOf(order: Balance): OrderPaymentStatus {
  if (order.kind === 'return') return 'refunded';
  const received = receivedAmount(order);
  const refunded = order.refundedTotal.minus(order.waivedTotal);
  const isDue = dueAmount(order).greaterThan(ZERO);
  if (refunded.greaterThan(ZERO) && refunded.lessThan(received)) return 'partially_refunded';
  // The payment of an order that was cancelled in part may have failed: all that was received is refunded, and the rest is due.
  if (refunded.greaterThan(ZERO)) return isDue ? 'unpaid' : 'refunded';
  if (!isDue) return 'paid';
  return received.isZero() ? 'unpaid' : 'partially_paid';
}

/** The quantity of a line that is still to be shipped. */
export function unshippedQuantity(
  line: Pick<OrderLineRow, 'quantity' | 'cancelledQuantity' | 'shippedQuantity'>,
): Decimal {
  return line.quantity.minus(line.cancelledQuantity).minus(line.shippedQuantity);
}

/** The quantity of a line that can still be cancelled: goods that were not shipped, and a gift card, whether it was issued or not. */
export function cancellableQuantity(
  line: Pick<
    OrderLineRow,
    'quantity' | 'cancelledQuantity' | 'shippedQuantity' | 'returnedQuantity' | 'giftCardPurpose'
  >,
): Decimal {
  return line.giftCardPurpose === null
    ? unshippedQuantity(line)
    : line.quantity.minus(line.cancelledQuantity).minus(line.returnedQuantity);
}

/** The shipped part of an order. */
export function fulfilmentStatusOf(
  { status }: Pick<OrderRow, 'status'>,
  lines: readonly OrderLineRow[],
): FulfilmentStatus {
  if (status === 'cancelled') return 'cancelled';
  if (status === 'shipped') return 'shipped';
  if (status === 'draft' || status === 'pending') return 'unfulfilled';
  if (status !== 'confirmed') return 'delivered';
  return lines.some((line) => !line.shippedQuantity.isZero()) ? 'partially_shipped' : 'unfulfilled';
}
