/**
 * What other domains may call of inventory: moving stock inside their own transaction, reading levels, and finding the warehouse
 * that a branch sells from.
 */
export { moveStock, type MoveNames, type MovedStock, type StockMove } from './moves';
export { type MovementKind } from './kinds';
export { levelsOf, type StockFigures } from './levels';
export { createWarehouse, ensureBranchWarehouse, warehouseOfBranch, type Warehouse } from './warehouses';
export { openingStock, type OpeningRow } from './opening';
export { setReorderPoints } from './adjustments';
export { reserveStock, type ReservationReference, type ReserveStockInput, type StockReservation } from './reservations';
export { consumeReservation, releaseReservation } from './reservationEnds';
export { putAside, type PutAsideInput } from './holds';
export { MAX_NAMES, NOTHING_HELD, heldFor, redeemHolds, type HeldStock } from './redeeming';
export { receiveGoods, type ReceiveGoodsInput } from './receipts';
export { createTransfer, type CreateTransferInput } from './transfers';
export { startStockTake } from './stockTakes';
