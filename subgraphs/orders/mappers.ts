/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type {
  EntityReference as Customer,
  EntityReference as Variant,
  EntityReference as Warehouse,
} from '#kernel/graph/entity-reference';
export type { OrderRow as Order, ShownLine as OrderItem, ShownTax as TaxTotal } from './model';
export type { CompletedSale, OrderChange } from './order/subscriptions';
export type { SalesToday } from './reports/sales-today';
