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
  settleOffline,
  type Settlement,
  type SettlementTerms,
  type OfflineAmounts,
  type OfflineSettlement,
} from './pricing/settlement.rules';
export {
  answerOnce,
  onceByClientReference,
  orderByReference,
  postOnce,
  postedOrderById,
  requestHash,
  type ClientReference,
} from './order/client-reference';
export { insertOrder, type NumberedDraft, type OrderDraft } from './order/insert-order';
export { toLineDraft, type LineDraft, type OrderedLine } from './order/line-draft.rules';
export { linesOfOrders, orderById, ordersByIds, rememberOrder } from './order/orders.queries';
export {
  dayFigures,
  orderIdsOfDay,
  type DayFigures,
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
export type { OrderStatus, PartiallyRefundOrderInput, RefundOrderInput } from './inputs.generated';
export { matchItems } from './refunds/refund-items';
export { remainingLines, type RefundItem } from './refunds/refund-items.rules';
export { ORDER_EVENTS } from './events';
