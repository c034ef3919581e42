/**
 * What other domains may call of inventory: moving stock inside their own transaction, reading levels, and finding the warehouse
 * that a branch sells from.
 */
export { moveStock, type MoveNames, type MovedStock, type StockMove } from './moves';
export { type MovementKind } from './kinds';
export { levelsOf, type StockFigures } from './levels';
export { ensureBranchWarehouse, warehouseOfBranch, type Warehouse } from './warehouses';
export { openingStock, type OpeningRow } from './opening';
export { setReorderPoints } from './adjustments';
