/** Everything that other domains may call: pricing, settlement, posting orders and refunds, reading orders, reports. */
export {
  MAX_LINES,
  type FullOrder,
  type OrderChannel,
  type OrderKind,
  type OrderLineRow,
  type OrderRow,
  type PostedOrder,
} from './model';
export { fieldIssue, itemIssuesIn, requireValue, throwIssues, type Issue, type Result } from './issues.rules';
export {
  taxesOf,
  type Discount,
  type PricedLine,
  type PricingTerms,
  type SaleLine,
  type SaleTotals,
  type SoldTaxClass,
  type TaxTotal,
} from './pricing/pricing.rules';
export {
  cashDue,
  settle,
  settleOffline,
  type SaleTender,
  type Settlement,
  type SettlementTerms,
  type OfflineAmounts,
  type OfflineSettlement,
} from './pricing/settlement.rules';
export { isStoredValue, offlineBalanceIssues } from './stored-value/stored-tenders.rules';
export { issueSoldGiftCards } from './stored-value/sell-gift-cards';
export { resolveTenders } from './stored-value/resolve-tenders';
export { redeemTenders, type RedeemedTenders } from './stored-value/redeem-tenders';
export {
  answerOnce,
  onceByClientReference,
  orderByReference,
  postOnce,
  postedOrderById,
  requestHash,
  type ClientReference,
} from './order/client-reference';
export { orderExchangeRate } from './order/order-exchange-rate';
export { insertOrder, type NumberedDraft, type OrderDraft } from './order/insert-order';
export { nextOrderNumbers, numberSeries, type OrderNumbers } from './order/order-numbers';
export { toLineDraft, type LineDraft, type OrderedLine } from './order/line-draft.rules';
export { linesOfOrders, lockOrder, orderById, ordersByIds, rememberOrder } from './order/orders.queries';
export {
  dayFigures,
  type DayFigures,
  type DayPayment,
  type DayQuery,
  type HourFigures,
} from './reports/daily-figures.queries';
export { cashierFigures, type CashierFigures, type CashierQuery } from './reports/cashier-figures.queries';
export { insertTrainingSale, trainingSales } from './order/training-sales';
export { emitOrderChanged, emitSaleCompleted } from './order/order-events';
export { saleEntry } from './order/session-entries.rules';
export {
  chosenTenders,
  type RefundTender,
  type RefundTenderChoice,
  type RefundTenders,
} from './refunds/refund-tenders.rules';
export { postRefund, type RefundRequest } from './refunds/post-refund';
export { postReturn, type ReturnPlan, type ReturnedLine } from './refunds/post-return';
export { partiallyRefundOrder, refundOrder } from './refunds/refunds';
export type {
  CreateOrderInput,
  OrderStatus,
  PartiallyRefundOrderInput,
  RefundOrderInput,
} from './inputs.generated';
export { matchItems } from './refunds/refund-items';
export { remainingLines, type RefundItem } from './refunds/refund-items.rules';
export { giftCardIssues, toOrderedLine, type BasketItem, type BasketLine } from './basket/basket-line.rules';
export { customerIssues, requireCustomer, unknownCustomer } from './basket/basket-customer';
export {
  ageIssues,
  basketMinimumAge,
  findActorLimit,
  findRoleLimit,
  limitIssues,
} from './basket/role-limits.rules';
export { tenderIssues, tenderLimitIssues, tendersFor, tipIssues } from './basket/sale-tenders.rules';
export { tillTerms, type TillTerms } from './basket/selling-terms';
export { neededStock, shortage } from './basket/basket-stock.rules';
export {
  benefitsOf,
  priceWithBenefits,
  type BenefitingBasket,
  type BenefitingSale,
} from './benefits/price-with-benefits';
export { basketPoints } from './basket/basket-points';
export {
  pointsBenefit,
  pointsPreview,
  type BasketPoints,
  type EarningExtras,
  type PointsBenefit,
  type PointsPreview,
} from './basket/basket-points.rules';
export {
  NO_BENEFITS,
  benefitColumns,
  hasBenefits,
  takeBenefits,
  type Benefits,
} from './benefits/take-benefits';
export { priceBasket, type Basket, type UnpricedBasket } from './basket/basket.rules';
export { priceItems, type Pricing } from './basket/price-items';
export { addToCart } from './cart/cart-items';
export { checkoutCart } from './cart/checkout-cart';
export { goodsOfCart } from './cart/cart-goods';
export {
  flatRates,
  plannedShipments,
  type GoodsToSend,
  type SentGoods,
  type QuotedRate,
  type QuotedRates,
  type ShippingQuotes,
} from './cart/shipping-rates';
export { mergeCarts } from './cart/merge-carts';
export { updateCart } from './cart/update-cart';
export {
  STOREFRONT_DEFAULTS,
  storefrontSettings,
  updateStorefrontSettings,
} from './storefront/storefront-settings';
export { addOrderPayment, type PaidOrder } from './placing/order-payments';
export { createOrder } from './placing/create-order';
export { cancelOrder } from './fulfilment/cancel-order';
export { deliverOrder, postDelivery } from './fulfilment/deliver-order';
export { checkShipment, shipGoods, shipOrder } from './fulfilment/ship-order';
export { openLines, type OpenLine } from './fulfilment/open-lines.queries';
export {
  linesOfShipments,
  lockShipment,
  presentShipments,
  requireShipment,
  shipmentLinesOf,
  trackedShipmentByNumber,
  trackedShipments,
  updateShipmentNumber,
  type TrackedShipment,
} from './fulfilment/shipments.queries';
export { ORDER_EVENTS } from './events';
export { processPayment } from './payments/process-payment';
export { checkTotals } from './rollups/check-totals';
export { daysWithTotals, rebuildTotals } from './rollups/rebuild-totals';
export {
  SALES_DEFINITION,
  marginOf,
  marginRateOf,
  shownMargin,
  type MarginAmounts,
} from './reports/sales-figures.rules';
export { changeInPercent, reportBranches, statsRange, type StatsRange } from './statistics/order-stats';
export { averageSale } from './reports/average-sale.rules';
export { NONE } from './reports/day-totals';
