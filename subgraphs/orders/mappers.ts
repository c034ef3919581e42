/** Types behind the graph's types: `Row as GraphType`. Pages need none: `XPage` is a `Page` of `X`. */
export type {
  EntityReference as Customer,
  EntityReference as Payment,
  EntityReference as Variant,
  EntityReference as Warehouse,
} from '#kernel/graph/entity-reference';
export type {
  OrderRow as Order,
  ShownDiscount as ItemDiscount,
  ShownLine as OrderItem,
  OrderShipmentRow as OrderShipment,
  OrderStepRow as OrderStep,
  ShownOrderDiscount as OrderDiscount,
  ShownTax as TaxTotal,
} from './model';
export type { CustomerStats, FavouriteItem } from './customers/customer-stats';
export type { CustomerDataPage as CustomerDataExport } from './customers/export-customer-data';
export type { DiscountCheck, DiscountPreview } from './discounts/discount-preview';
export type { OrderEdit, OrderEdit as OrderEditPreview } from './editing/order-edit';
export type { CompletedSale, OrderChange } from './order/subscriptions';
export type { RefundPreview } from './refunds/refunds';
export type { SalesToday } from './reports/sales-today';
export type { BestSeller } from './statistics/best-sellers';
export type { StorefrontProduct, StorefrontVariant } from './storefront/storefront-products';
export type { PeriodStats as OrderStats } from './statistics/order-stats';
export type { PointsPreview } from './basket/basket-points.rules';
export type { CartCode } from './cart/cart-discounts';
export type { CartMetrics } from './cart/cart-metrics.queries';
export type { CartProblem } from './cart/cart-problems.rules';
export type { CartSummary } from './cart/carts.queries';
export type {
  CartLineView as CartItem,
  CartView as Cart,
  ShippingRateView as ShippingRate,
} from './cart/cart-view';
export type { ShownSettings as StorefrontSettings } from './storefront/storefront-settings';
export type { ShownRecordedRate as OrderExchangeRate } from '#subgraphs/i18n/index';
