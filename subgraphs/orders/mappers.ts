/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type { EntityReference as Customer } from '#kernel/graph/entity-reference';
export type { OrderRow as Order, ShownLine as OrderItem, ShownTax as OrderTax } from './model';
export type { CompletedSale, OrderChange, SalesToday } from './order/subscriptions';
