/** Events of a change of a level or of its available quantity. */
import type { Transaction } from '#kernel/db/database';
import { type Decimal, formatDecimal } from '#kernel/decimal';
import { stockChanged, stockLow } from '../events';

/** A change of a level, with the values of its events. */
export interface StockLevelChange {
  warehouseId: string;
  variantId: string;
  productId: string;
  sku: string;
  branchId: string | null;
  /** Quantity after the change. */
  onHand: Decimal;
  reserved: Decimal;
  /** Change of the quantity on hand; zero if only a reservation changed. */
  delta: Decimal;
  /** Change of the available quantity. */
  availableDelta: Decimal;
  reorderPoint: Decimal | null;
  reason: string;
}

/** Emits 'stock.changed', and 'stock.low' if the available quantity has just fallen to or below the reorder point. */
export function emitStockChanged(tx: Transaction, change: StockLevelChange): void {
  const available = change.onHand.minus(change.reserved);
  const event = {
    branchId: change.branchId ?? undefined,
    key: `${change.warehouseId}:${change.variantId}`,
    payload: {
      productId: change.productId,
      variantId: change.variantId,
      sku: change.sku,
      warehouseId: change.warehouseId,
      branchId: change.branchId,
      onHand: formatDecimal(change.onHand),
      available: formatDecimal(available),
      delta: formatDecimal(change.delta),
      reason: change.reason,
    },
  };
  tx.emit(stockChanged(event));
  const { reorderPoint } = change;
  if (reorderPoint === null || available.greaterThan(reorderPoint)) return;
  // Only the step over the line is news: a level that was low before has already been emitted.
  if (!available.minus(change.availableDelta).greaterThan(reorderPoint)) return;
  tx.emit(stockLow({ ...event, payload: { ...event.payload, reorderPoint: formatDecimal(reorderPoint) } }));
}
