/** The movements of a transfer. */
import { ZERO, type Decimal } from '#kernel/decimal';
import type { StockMove } from '../model';
import type { StockTransfer, TransferredBatch, TransferredItem } from './transfers.queries';

/** A sent item with the quantity that arrived. */
export interface CountedLine {
  item: TransferredItem;
  quantity: Decimal;
  reason: string | null;
}

/** The movements of a line that arrives: the sent quantity by batches, then the missing or surplus quantity. */
export function arrivals(transfer: StockTransfer, { item, quantity, reason }: CountedLine): StockMove[] {
  const common = {
    ...moveOf(transfer, item),
    warehouseId: transfer.toWarehouseId,
    unitCost: item.unitCost ?? ZERO,
  };
  const sent: readonly (TransferredBatch | { quantity: Decimal })[] =
    item.batches.length > 0 ? item.batches : [item];
  const partOf = (part: TransferredBatch | { quantity: Decimal }) => ({
    ...common,
    batch: 'batchNumber' in part ? { batchNumber: part.batchNumber, expiresOn: part.expiresOn } : undefined,
  });
  const moves = sent.map((part): StockMove => ({
    ...partOf(part),
    kind: 'transfer_in',
    quantity: part.quantity,
  }));
  let difference = quantity.minus(item.quantity);
  // Missing goods are taken from the batch that expires last: the other batches are on top and were counted first.
  for (const part of [...sent].reverse()) {
    if (difference.isZero()) break;
    const here =
      difference.greaterThan(0) || difference.negated().lessThan(part.quantity)
        ? difference
        : part.quantity.negated();
    moves.push({ ...partOf(part), kind: 'adjustment', quantity: here, reason });
    difference = difference.minus(here);
  }
  return moves;
}

/** The identity and the reference of the movements of an item. */
export const moveOf = (transfer: StockTransfer, item: TransferredItem) => ({
  variantId: item.variantId,
  productId: item.productId,
  sku: item.sku,
  note: transfer.note,
  referenceType: 'transfer',
  referenceId: transfer.id,
});
