/** What other domains may call of `orders`: the rules of a price, writing an order, and reading orders. */
export { MAX_LINES, type FullOrder, type OrderChannel, type OrderKind, type OrderLineRow, type OrderRow } from './rows';
export { type OrderAction, type OrderStatus } from './states';
export {
  calculateSale,
  taxesOf,
  type Discount,
  type PricedLine,
  type PricingTerms,
  type SaleLine,
  type SaleTotals,
  type TaxTotal,
} from './pricing';
export {
  cashDue,
  settle,
  settleAsTaken,
  type Settlement,
  type SettlementTerms,
  type TakenMoney,
  type TakenSettlement,
  type TenderGiven,
} from './settlement';
export { businessDay, localTime } from './business-day';
export { insertOrder, orderByReference, requestHash, type LineDraft, type NumberedDraft, type OrderDraft } from './insert';
export { linesOfOrders, orderById, ordersByIds, rememberOrder } from './queries';
export { dayFigures, orderIdsOfDay, type DayFigures, type DayQuery, type HourFigures } from './day';
export { cashierFigures, type CashierFigures, type CashierQuery } from './cashiers';
export { keepTrainingSale, trainingSales } from './practice';
export { announceOrder, announceSale, saleEntry } from './posting';
export { payAsWished, type PaidOut, type Payout, type PayoutWish } from './payout';
export { writeReturn, type ReturnPlan, type ReturnedLine, type WrittenOrder } from './returns';
export {
  giveBack,
  partiallyRefundOrder,
  refundOrder,
  underReference,
  type GivingBack,
  type PartialRefundInput,
  type RefundInput,
} from './refunds';
export { matchItems } from './refund-items';
export { allItems, type RefundItem } from './refund-items.rules';
