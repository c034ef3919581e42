/** The public events of inventory. Quantities are decimals as text. */
import { publicEvent } from '#kernel/events/public-event';
import type { StockTakeRow, StockTransferRow } from './tables.generated';

const READERS = ['inventory:read'] as const;

interface StockChange {
  productId: string;
  variantId: string;
  sku: string;
  warehouseId: string;
  branchId: string | null;
  onHand: string;
  available: string;
  delta: string;
  reason: string;
}

/** A stock level has changed. */
export const stockChanged = publicEvent<StockChange>('stock.changed', READERS);

/** A stock level has fallen to its reorder point or below it. */
export const stockLow = publicEvent<StockChange & { reorderPoint: string }>('stock.low', READERS);

/** A stock take was started, posted or cancelled. */
export const stockTakeChanged = publicEvent<Pick<StockTakeRow, 'id' | 'status' | 'warehouseId'>>(
  'stock_take.changed',
  READERS,
);

/** A transfer was sent, received or cancelled. */
export const transferChanged = publicEvent<
  Pick<StockTransferRow, 'id' | 'status' | 'fromWarehouseId' | 'toWarehouseId'>
>('transfer.changed', READERS);

export const INVENTORY_EVENTS = [stockChanged, stockLow, stockTakeChanged, transferChanged];
