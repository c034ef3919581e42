/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type {
  OrderRow as Order,
  Reference as Customer,
  ShownLine as OrderItem,
  ShownTax as OrderTax,
} from './model';
export type { CompletedSale, OrderChange, SalesToday } from './order/subscriptions';
