/** What other domains may call of `orders`: the rules of a price, writing an order, and reading orders. */
export { type FullOrder, type OrderChannel, type OrderKind, type OrderLineRow, type OrderRow } from './rows';
export { actionsIn, nextStatus, type OrderAction, type OrderStatus } from './states';
export {
  calculateSale,
  taxOf,
  taxesOf,
  totalsOf,
  type Discount,
  type PricedLine,
  type PricingTerms,
  type SaleLine,
  type SaleTotals,
  type TaxTotal,
} from './pricing';
export { cashDue, settle, type Settlement, type SettlementTerms, type TenderGiven } from './settlement';
export { businessDay, localTime } from './business-day';
export {
  counterNames,
  insertOrder,
  insertOrders,
  orderByReference,
  orderNumber,
  receiptNumber,
  requestHash,
  type LineDraft,
  type NumberedDraft,
  type OrderDraft,
} from './insert';
export { linesOfOrders, orderById, ordersByIds, rememberOrder } from './queries';
export { dayFigures, type DayFigures, type DayQuery, type HourFigures } from './day';
export { announceOrder, announceSale, returnEntry, saleEntry } from './posting';
export { payAsWished, type PaidOut, type Payout, type PayoutWish } from './payout';
export {
  requireDrawerForCash,
  sessionForPayout,
  writeReturn,
  type ReturnPlan,
  type ReturnedLine,
  type WrittenOrder,
} from './returns';
export { partiallyRefundOrder, refundOrder, underReference, type PartialRefundInput, type RefundInput } from './refunds';
