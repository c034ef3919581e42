/** The goods of orders in the stock: reserved from the placing of an order until they are shipped or cancelled. */
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import type { Decimal } from '#kernel/decimal';
import { keepReserved, releaseReservation, type ReservationReference } from '#subgraphs/inventory/index';
import type { FullOrder, OrderLineRow } from '../model';
import { unshippedQuantity } from '../order/order-balance.rules';

/** The reference under which the goods of an order are reserved. */
export function reservationOf(orderId: string): ReservationReference {
  return { referenceType: 'order', referenceId: orderId };
}

/**
 * Keeps reserved what is still to be shipped of an order.
 * @param until the end of the reservation; null to keep it until the goods are shipped or cancelled.
 * @throws PosProError 409 INSUFFICIENT_STOCK if the goods were not reserved any more, and others have bought them.
 */
export function keepGoods(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
  until: Date | null,
): Promise<void> {
  return keepReserved(tx, ctx, { ...reservationOf(order.id), expiresAt: until, lines: goodsToShip(order) });
}

/** Reserves exactly what is still to be shipped of an order after its quantities have changed. */
export async function renewReservation(
  tx: Transaction,
  ctx: RequestContext,
  order: FullOrder,
): Promise<void> {
  await releaseReservation(tx, reservationOf(order.id));
  await keepGoods(tx, ctx, order, order.soldAt === null ? order.holdsUntil : null);
}

/** The stocked goods that are still to be shipped of an order. */
export function goodsToShip({ warehouseId, lines }: FullOrder) {
  return lines.flatMap((line, index) => {
    const quantity = unshippedQuantity(line);
    if (!line.stocked || !quantity.greaterThan(0) || warehouseId === null) return [];
    const { productId, variantId, sku } = line;
    return [{ warehouseId, productId, variantId, sku, quantity, line: index }];
  });
}

/** The lines after quantities were added to a column, by the line's id. */
export function withQuantities(
  lines: readonly OrderLineRow[],
  column: 'shippedQuantity' | 'cancelledQuantity' | 'returnedQuantity',
  quantities: ReadonlyMap<string, Decimal>,
): OrderLineRow[] {
  return lines.map((line) => {
    const quantity = quantities.get(line.id);
    return quantity ? { ...line, [column]: line[column].plus(quantity) } : line;
  });
}
