/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type {
  EntityReference as Branch,
  EntityReference as Product,
  EntityReference as User,
  EntityReference as Variant,
} from '#kernel/graph/entity-reference';
export type { StockBatch } from './batches/batches';
export type { ReceiptLine as StockReceiptItem, StockReceipt } from './receipts/goods-receipts';
export type { StockReservation } from './reservations/reservations';
export type { StockTakeLine } from './stock-takes/stock-take-counts';
export type { StockTake } from './stock-takes/stock-takes';
export type { StockCheck } from './stock/low-stock.queries';
export type { StockLevel, StockView as Stock } from './stock/stock-levels.queries';
export type { StockMovement } from './stock/stock-movements.queries';
export type { LowStockAlert, StockChange } from './stock/subscriptions';
export type {
  TransitValue,
  Valuation as InventoryValuation,
  ValuedLevel as StockValue,
  WarehouseValue,
} from './stock/valuation.queries';
export type {
  IncomingItem as IncomingStock,
  StockTransfer,
  TransferredItem as StockTransferItem,
} from './transfers/transfers.queries';
export type { Warehouse } from './warehouses/warehouses';
