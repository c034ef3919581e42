/** What other domains may call of `orders`: the rules of a price, writing an order, and reading orders. */
export {
  MAX_LINES,
  type FullOrder,
  type OrderChannel,
  type OrderKind,
  type OrderLineRow,
  type OrderRow,
} from './model';
export { type OrderAction, type OrderStatus } from './order/order-states.rules';
export {
  calculateSale,
  taxesOf,
  type Discount,
  type PricedLine,
  type PricingTerms,
  type SaleLine,
  type SaleTotals,
  type TaxTotal,
} from './pricing/pricing.rules';
export {
  cashDue,
  settle,
  settleAsTaken,
  type Settlement,
  type SettlementTerms,
  type TakenMoney,
  type TakenSettlement,
  type TenderGiven,
} from './pricing/settlement.rules';
export {
  insertOrder,
  orderByReference,
  requestHash,
  type LineDraft,
  type NumberedDraft,
  type OrderDraft,
} from './order/insert-order';
export { linesOfOrders, orderById, ordersByIds, rememberOrder } from './order/orders.queries';
export {
  dayFigures,
  orderIdsOfDay,
  type DayFigures,
  type DayQuery,
  type HourFigures,
} from './reports/daily-figures.queries';
export { cashierFigures, type CashierFigures, type CashierQuery } from './reports/cashier-figures.queries';
export { keepTrainingSale, trainingSales } from './order/training-sales';
export { announceOrder, announceSale, saleEntry } from './order/order-events';
export { payAsWished, type PaidOut, type Payout, type PayoutWish } from './refunds/refund-tenders.rules';
export { writeReturn, type ReturnPlan, type ReturnedLine, type WrittenOrder } from './refunds/post-return';
export {
  giveBack,
  partiallyRefundOrder,
  refundOrder,
  underReference,
  type GivingBack,
} from './refunds/refunds';
export type { PartiallyRefundOrderInput, RefundOrderInput } from './inputs.generated';
export { matchItems } from './refunds/refund-items';
export { allItems, type RefundItem } from './refunds/refund-items.rules';
