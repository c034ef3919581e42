/**
 * Functions of inventory for other domains: moving stock inside their own transaction, reading levels, and finding the warehouse
 * that a branch sells from.
 */
export { moveStock, type MovedStock } from './stock/move-stock';
export { type MovementKind, type StockMove, type VariantIdentity } from './model';
export { levelsById, levelsOf, type StockFigures } from './stock/stock-levels.queries';
export {
  createWarehouse,
  ensureBranchWarehouse,
  warehouseOfBranch,
  warehousesById,
  type Warehouse,
} from './warehouses/warehouses';
export { newShopWarehouse } from './warehouses/new-shop-warehouse';
export { initialStock, openingStock, type OpeningRow } from './stock/opening-stock';
export { setReorderPoints } from './stock/adjustments';
export {
  reservedUnder,
  keepReserved,
  reserveStock,
  type ReservationReference,
  type ReservationDraft,
  type StockReservation,
} from './reservations/reservations';
export { consumeReservation, releaseReservation } from './reservations/end-reservations';
export { reserveGoods } from './reservations/manual-reservations';
export type { CreateTransferInput, ReceiveGoodsInput, ReserveStockInput } from './inputs.generated';
export {
  MAX_NAMES,
  NOTHING_RESERVED,
  reservedStockFor,
  consumeReservations,
  type ReservedGoods,
} from './reservations/consume-reservations';
export { receiveGoods } from './receipts/goods-receipts';
export { createTransfer } from './transfers/transfers';
export { startStockTake } from './stock-takes/stock-takes';
export { INVENTORY_EVENTS } from './events';
