/** What the others are told when a level, or what can be sold of it, has changed. */
import type { Transaction } from '#kernel/db/database';
import { type Decimal, formatDecimal } from '#kernel/decimal';

/** A change as the events tell it. */
export interface Announcement {
  warehouseId: string;
  variantId: string;
  productId: string;
  sku: string;
  branchId: string | null;
  /** The figures after it. */
  onHand: Decimal;
  reserved: Decimal;
  /** By how much the level changed; zero where only a promise did. */
  delta: Decimal;
  /** By how much what can be sold changed. */
  availableDelta: Decimal;
  reorderPoint: Decimal | null;
  reason: string;
}

/** Emits 'stock.changed', and 'stock.low' where what can be sold has just fallen to the reorder point or below it. */
export function announceStock(tx: Transaction, change: Announcement): void {
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
  tx.emit({ ...event, type: 'stock.changed' });
  const { reorderPoint } = change;
  if (reorderPoint === null || available.greaterThan(reorderPoint)) return;
  // Only the step over the line is news; what was low already has been told.
  if (!available.minus(change.availableDelta).greaterThan(reorderPoint)) return;
  tx.emit({
    ...event,
    type: 'stock.low',
    payload: { ...event.payload, reorderPoint: formatDecimal(reorderPoint) },
  });
}
